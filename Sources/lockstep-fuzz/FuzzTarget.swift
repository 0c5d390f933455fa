import Glibc

/// A decoder of bytes from outside, what a good input looks like, and what must hold for any input at all.
struct FuzzTarget: Sendable {
    let name: String
    /// Good inputs, from which the generator starts.
    let seeds: [[UInt8]]
    /// What a mutation may put somewhere: words that mean something to the decoder.
    let words: [[UInt8]]
    /// How many inputs the short run takes, by what one costs without optimization.
    let shortCount: Int
    /// Ends the program where something does not hold.
    let run: @Sendable ([UInt8]) -> Void

    init(
        _ name: String, seeds: [String], words: [String], shortCount: Int = 20_000,
        run: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.name = name
        self.seeds = seeds.map { Array($0.utf8) }
        self.words = words.map { Array($0.utf8) }
        self.shortCount = shortCount
        self.run = run
    }

    static let all: [FuzzTarget] = [
        .configuration, .patternFile, .matcher, .rsyncMessages, .rsyncOutput, .addresses, .sshConfiguration, .identity,
        .moduleFile, .mounts, .inotify, .fanotify, .sourceRecord, .noticeRecord, .capsule, .commandLine, .shown,
        .control, .stream, .http, .discovery,
    ]

    /// Breaks its promise, so that a test sees that this is seen. Not among all.
    private static let broken = FuzzTarget("broken", seeds: ["a"], words: ["x"]) { input in
        check(!input.contains(UInt8(ascii: "x")), "an x")
    }

    static func named(_ name: String) -> FuzzTarget? { (all + [broken]).first { $0.name == name } }
}

/// A promise that an input has broken; the program ends, so that the input is found.
func check(_ holds: Bool, _ promise: @autoclosure () -> String) {
    if holds { return }
    // A build with optimization says nothing of its own.
    print("broken: \(promise())")
    fflush(nil)
    preconditionFailure("a promise is broken")
}
