import Glibc
import MirrorCore
import MirrorTesting
import Synchronization
import Testing

@Suite("Half-written files", .serialized)
struct HalfWrittenTests {
    /// Every size that the target showed under a name, as long as the body runs.
    private func sizes(of name: ByteString, in tree: DirectoryTree, while body: () async throws -> Void) async throws
        -> Set<Int>
    {
        let poll = SizePoll(of: name, in: tree)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await poll.run() }
            defer { poll.end() }
            try await body()
            poll.end()
            try await group.waitForAll()
            return poll.sizes
        }
    }

    private func openFile(_ trial: Trial, _ name: ByteString) -> Int32 {
        open((trial.source.root + "/" + name).description, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    }

    private func waitForSize(_ size: Int, of name: ByteString, in trial: Trial) async throws {
        try await Condition.wait(
            until: "\(name) has \(size) bytes at the target", deadline: .seconds(60),
            state: { "\((try? trial.target.status(name)).map { "\($0?.size ?? -1)" } ?? "gone")" },
            holds: { (try? trial.target.status(name))??.size == size })
    }

    private func start(_ trial: Trial, settings: String = "", sync: String = "") async throws -> LockstepProcess {
        try trial.write(trial.configuration(settings: settings, sync: sync))
        let process = try trial.start("run", "conf")
        try trial.source.write("first", "1")
        try await waitForSize(1, of: "first", in: trial)
        return process
    }

    @Test(
        "a slow upload never appears with a size that its writer did not leave behind", arguments: ["rsync", "stream"])
    func slowUpload(base: String) async throws {
        let trial = try Trial(base: base)
        let process = try await start(trial, sync: "delay = 0.2")
        let upload = openFile(trial, "upload")
        let seen = try await sizes(of: "upload", in: trial.target) {
            for round in 1...12 {
                write(upload, "chunk of the file", 17)
                let name = ByteString("other-\(round)")
                // Changes elsewhere carry batches to the target all the time.
                try trial.source.write(name, "content")
                try await waitForSize(7, of: name, in: trial)
                if round == 6 { try trial.source.changeMode("upload", 0o600) }
            }
            close(upload)
            try await waitForSize(12 * 17, of: "upload", in: trial)
            // Opened again: what was left behind stays until the next close.
            let again = openFile(trial, "upload")
            for round in 1...5 {
                write(again, "more", 4)
                let name = ByteString("later-\(round)")
                try trial.source.write(name, "content")
                try await waitForSize(7, of: name, in: trial)
            }
            close(again)
            try await waitForSize(12 * 17 + 20, of: "upload", in: trial)
        }
        #expect(seen == [12 * 17, 12 * 17 + 20])
        #expect(try await process.stop() == .code(143))
    }

    @Test(
        "neither does one that is met by comparisons: at the start, and of a directory that was moved in",
        arguments: ["rsync", "stream"])
    func comparison(base: String) async throws {
        let trial = try Trial(base: base)
        try trial.source.makeDirectory("d")
        let names: [ByteString] = ["d/up*[l].oad", "at the start"]
        try trial.target.makeDirectory("d")
        try trial.target.write("d/up*[l].oad", "an older copy")
        let files = names.map { openFile(trial, $0) }
        for file in files { write(file, "half", 4) }
        try trial.write(trial.configuration())
        let seen = try await sizes(of: names[0], in: trial.target) {
            let process = try trial.start("run", "conf")
            try trial.source.write("first", "1")
            try await waitForSize(1, of: "first", in: trial)
            #expect(try trial.target.read(names[0]) == "an older copy")
            #expect(try trial.target.status(names[1]) == nil)
            // A directory that comes with content is compared as a whole.
            try trial.source.rename("d", to: "e")
            try trial.source.write("e/second", "2")
            try await waitForSize(1, of: "e/second", in: trial)
            // Where the rename was repeated, the older copy has the new name.
            #expect([nil, "an older copy"].contains(try? trial.target.read("e/up*[l].oad")))
            for file in files {
                write(file, " and half", 9)
                close(file)
            }
            try await waitForSize(13, of: "e/up*[l].oad", in: trial)
            try await waitForSize(13, of: names[1], in: trial)
            #expect(try TreeComparison.differences(trial.source, trial.target, checking: [.seconds]) == [])
            #expect(try await process.stop() == .code(143))
        }
        #expect(seen == [13])
    }

    @Test(
        "a file that stays open goes once in openFileInterval, a mapped one when its mapping ends",
        arguments: ["rsync", "stream"])
    func interval(base: String) async throws {
        let trial = try Trial(base: base)
        let process = try await start(trial, settings: "openFileInterval = 1", sync: "delay = 0.1")
        let log = openFile(trial, "log")
        var size = 0
        for _ in 0..<3 {
            for _ in 0..<20 { size += write(log, "line\n", 5) }
            try await waitForSize(size, of: "log", in: trial)
        }
        close(log)
        #expect(try await process.stop() == .code(143))
    }

    @Test("a database that is written through a mapping arrives when the mapping ends", arguments: ["rsync", "stream"])
    func mapped(base: String) async throws {
        let trial = try Trial(base: base)
        try trial.source.write("base", "0123456789")
        let process = try await start(trial, sync: "delay = 0.1")
        let file = open((trial.source.root + "/base").description, O_RDWR | O_CLOEXEC)
        let memory = mmap(nil, 10, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
        close(file)
        memory?.storeBytes(of: UInt8(ascii: "X"), as: UInt8.self)
        munmap(memory, 10)
        try await Condition.wait(
            until: "the target has it", deadline: .seconds(60),
            holds: { (try? trial.target.read("base")) == "X123456789" })
        #expect(try await process.stop() == .code(143))
    }

    @Test(
        "what has no close arrives at once: links, fifos, a file that is cut without being open",
        arguments: ["rsync", "stream"])
    func withoutClose(base: String) async throws {
        let trial = try Trial(base: base)
        try trial.source.write("cut", "0123456789")
        let process = try await start(trial, sync: "delay = 0, rsync = { archive = true }")
        try trial.source.makeLink("link", to: "cut")
        let root = trial.source.root.description
        #expect(mkfifo(root + "/fifo", 0o600) == 0)
        #expect(link(root + "/cut", root + "/second") == 0)
        #expect(truncate(root + "/cut", 3) == 0)
        try await waitForSize(3, of: "cut", in: trial)
        try await Condition.wait(
            until: "all are there", deadline: .seconds(60),
            holds: { ["link", "fifo", "second"].allSatisfy { (try? trial.target.status($0)) ?? nil != nil } })
        #expect(try await process.stop() == .code(143))
    }
}

/// Looks at a file all the time.
private final class SizePoll: Sendable {
    private struct State {
        var sizes: Set<Int> = []
        var isOver = false
    }

    private let name: ByteString
    private let tree: DirectoryTree
    private let state = Mutex(State())

    init(of name: ByteString, in tree: DirectoryTree) {
        self.name = name
        self.tree = tree
    }

    var sizes: Set<Int> { state.withLock { $0.sizes } }
    func end() { state.withLock { $0.isOver = true } }

    func run() async throws {
        try await Condition.wait(
            until: "the writer is done", deadline: .seconds(300), interval: .milliseconds(2),
            holds: {
                let size = try tree.status(name)?.size
                return state.withLock { state in
                    if let size { state.sizes.insert(size) }
                    return state.isOver
                }
            })
    }
}
