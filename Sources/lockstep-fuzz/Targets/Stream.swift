import MirrorCore
import MirrorWire

extension FuzzTarget {
    private static func text(_ orders: [Order], _ answers: [Answer]) -> String {
        var bytes: [UInt8] = []
        for order in orders { order.append(to: &bytes) }
        for answer in answers { answer.append(to: &bytes) }
        // Each byte as a character of its own, so that none is replaced.
        return String(String.UnicodeScalarView(bytes.filter { $0 < 0x80 }.map { Unicode.Scalar($0) }))
    }

    private static let file = Metadata(kind: .regular, mode: 0o644, size: 5, time: (100, 7))

    /// Any bytes at either end of the stream: cut into messages and read as orders and as answers. What is read is the
    /// same after writing and reading, and has no more in it than has come.
    static let stream = FuzzTarget(
        "stream",
        seeds: [
            text([.put(1, "a/b", file, [.trustsTime], content: Array("hello".utf8)), .store(2), .ping(3)], []),
            text([.rename(4, from: "a", "b", .file(file)), .remove(5, "c", [.tree, .file])], []),
            text([.begin(6, "x", file, []), .piece(offset: 0, content: [1, 2]), .commit, .abandon], []),
            text([.symbolicLink(7, "l", file, [], destination: "to"), .hardLink(8, existing: "a", "b", [])], []),
            text([], [.done(1, Answer.Effects()), .failed(2, errno: 13), .pong(1), .alive, .refused("no")]),
            text([], [.entries(3, [ListedEntry(name: "n", metadata: file)], isLast: true), .found(4, nil)]),
            text([.hello(Hello())], [.hello(Hello())]),
            text(
                [.hashes(9, "x", Order.BlockRule(size: 4096, seed: 5)), .keep(offset: 4096, length: 8192)],
                [.blocks(9, size: 5, [ContentHash(high: 1, low: 2)], isLast: true)]),
        ],
        words: ["\0", "..", "/", "\u{1}", "\u{7f}", "a/b", "lockstep-stream\n"]
    ) { input in
        var frames = FrameReader()
        frames.append(input)
        var seen = 0
        while let message = (try? frames.next()) ?? nil {
            seen += message.count + 4
            one(message)
        }
        check(seen + frames.pending == input.count, "bytes are lost between messages")
        one(input[...])
    }

    private static func one(_ message: ArraySlice<UInt8>) {
        if let order = try? Order(message) {
            var frame: [UInt8] = []
            order.append(to: &frame)
            check((try? Order(frame[4...])) == order, "\(order) is another one after writing and reading")
            check(frame[4...].elementsEqual(message), "\(order) has two forms")
        }
        if let answer = try? Answer(message) {
            var frame: [UInt8] = []
            answer.append(to: &frame)
            check((try? Answer(frame[4...])) == answer, "\(answer) is another one after writing and reading")
            check(frame[4...].elementsEqual(message), "\(answer) has two forms")
        }
    }
}
