import Glibc
import MirrorCore
import MirrorTesting
import Testing

/// The kernel's queue runs over, with the real kernel, the real rsync, and a queue that holds next to nothing.
@Suite("The kernel's queue runs over", .serialized)
struct OverflowTests {
    private static let directories = 200
    private static let files = 100

    /// Whether this process may make the queue short.
    private static var refusal: Comment? {
        access("/proc/sys/fs/inotify/max_queued_events", W_OK) == 0
            ? nil : "fs.inotify.max_queued_events may not be written here"
    }

    /// An rsync that writes down what it did to which file.
    private func witness(_ trial: Trial) throws -> ByteString {
        try trial.tree.tree.write(
            "rsync",
            "#!/bin/sh\nexec /usr/bin/rsync \"$@\" --out-format='%i %n' >>" + trial.tree.path + "/sent\n", mode: 0o755)
        return trial.tree.path + "/rsync"
    }

    private func sent(_ trial: Trial) throws -> [ByteString] {
        guard try trial.tree.tree.status("sent") != nil else { return [] }
        return try trial.tree.tree.read("sent").split(separator: UInt8(ascii: "\n")).filter { $0.hasPrefix(">f") }
    }

    private func path(_ directory: Int, _ file: Int) -> ByteString { ByteString("d\(directory)/f\(file)") }

    private func start(_ trial: Trial, queue: Int, sync: String = "") async throws -> LockstepProcess {
        let rsync = try witness(trial)
        try trial.write(
            trial.configuration(
                settings: "logfile = '\(trial.tree.path)/log', nodaemon = true, eventSource = 'inotify'",
                sync: "rsync = { archive = true, binary = '\(rsync)' }, \(sync)"))
        let process = try await QueueLength.set(queue) { try trial.start("run", "conf") }
        return process
    }

    private func log(_ trial: Trial) throws -> String { try trial.tree.tree.read("log").description }

    @Test(
        "20,000 changes arrive, each file is sent once, and what is compared is what changed", arguments: [16, 256])
    func converges(queue: Int) async throws {
        if let refusal = Self.refusal { try Test.cancel(refusal) }
        let trial = try Trial()
        let yard = try trial.tree.directory("yard")
        for directory in 0..<Self.directories {
            for tree in [trial.source, yard] { try tree.makeDirectory(ByteString("d\(directory)")) }
            for file in 0..<Self.files {
                try trial.source.write(path(directory, file), "old")
                try yard.write(path(directory, file), "new content")
            }
        }
        // They stand for all that nobody touches.
        try trial.source.makeDirectory("still")
        for file in 0..<2000 { try trial.source.write(ByteString("still/f\(file)"), "still") }
        let process = try await start(trial, queue: queue)
        let count = Self.directories * Self.files
        try await Condition.wait(
            until: "the first comparison is through", deadline: .seconds(300), interval: .milliseconds(100),
            state: { process.errors },
            holds: { try trial.target.status("still/f1999") != nil && sent(trial).count == count + 2000 })
        try await Condition.wait(
            until: "it is over", deadline: .seconds(60), state: { process.errors },
            holds: {
                try ProcessTree.children(of: process.identifier).isEmpty && log(trial).contains("finished")
            })
        // An event that is read now: what the first comparison saw is behind us.
        try trial.source.write("still/f0", "one that is told")
        try await Condition.wait(until: "it has arrived", deadline: .seconds(60)) {
            try trial.target.read("still/f0") == "one that is told"
        }
        let before = try sent(trial).count
        for directory in 0..<Self.directories {
            for file in 0..<Self.files {
                let name = path(directory, file)
                try #require(rename(yard.path(name).description, trial.source.path(name).description) == 0)
            }
        }
        try await Condition.wait(
            until: "every change has arrived", deadline: .seconds(300), interval: .milliseconds(200),
            state: {
                "\((try? sent(trial).count - before) ?? 0) of \(count) sent; \((try? log(trial).suffix(3000)) ?? "")"
            },
            holds: {
                let differences = try TreeComparison.differences(trial.source, trial.target, checking: [.seconds])
                return try differences.isEmpty && sent(trial).count - before >= count
            })
        // What it says of the loss comes after the last walk, which waits a little where the queue ran over again.
        try await Condition.wait(
            until: "the walk is told", deadline: .seconds(120), state: { (try? log(trial)) ?? "" },
            holds: { try log(trial).contains("names were looked at") })
        try await process.stop()
        let again = Dictionary(grouping: try sent(trial).dropFirst(before), by: { $0 }).filter { $0.value.count > 1 }
        #expect(again.isEmpty, "sent twice: \(again.keys.sorted().prefix(5))")
        #expect(try sent(trial).count - before == count)
        let lines = try log(trial).split(separator: "\n")
        #expect(lines.contains { $0.contains("queue of events ran over") })
        #expect(lines.contains { $0.contains("names were looked at") })
        let told = lines.filter { $0.contains("queue of events ran over") || $0.contains("looked at") }
        #expect(told.count < 40, "\(told)")
        // The root's names have not changed, so no walk may have ended in a comparison of everything.
        #expect(!lines.contains { $0.contains("everything is compared") })
        print("queue of \(queue):\n\(told.joined(separator: "\n"))")
    }

    @Test("names that go, directories that are renamed and what is made in new ones arrive as well")
    func everyKind() async throws {
        if let refusal = Self.refusal { try Test.cancel(refusal) }
        let trial = try Trial()
        var writer = RandomWriter(trial.source, seed: 11)
        writer.run(500)
        let process = try await start(trial, queue: 16)
        try await Condition.wait(until: "the first comparison is through", deadline: .seconds(120)) {
            try log(trial).contains("finished")
        }
        for _ in 0..<10 { writer.run(1000) }
        try await Condition.wait(
            until: "both are equal", deadline: .seconds(180), interval: .milliseconds(300),
            state: { (try? log(trial).suffix(3000)).map(String.init) ?? "" },
            holds: { try TreeComparison.differences(trial.source, trial.target, checking: [.mode, .seconds]).isEmpty })
        #expect(try log(trial).contains("queue of events ran over"))
        try await process.stop()
    }
}
