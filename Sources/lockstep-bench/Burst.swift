import MirrorCore
import MirrorTesting

/// Many new files at once: what the engine takes from the first start of rsync to the last exit, beside one plain
/// `rsync -a` of the same files. A witness before rsync writes the times down, so that nobody's own word is trusted.
enum Burst {
    static func table() async throws -> String {
        var lines = [
            "| new files of 4 KiB | engine, s (median of 3) | plain rsync -a, s (median of 3) | ratio | transfers |",
            "|---|---|---|---|---|",
        ]
        for files in [10_000, 50_000] {
            var engine: [Double] = []
            var plain: [Double] = []
            var transfers: [Int] = []
            for _ in 0..<3 {
                let scene = try await Scene(files: files)
                let (seconds, count) = try await scene.engine()
                engine.append(seconds)
                transfers.append(count)
                plain.append(try await scene.plainRsync())
            }
            let (ours, theirs) = (engine.sorted()[1], plain.sorted()[1])
            lines.append(
                "| \(files) | \(rounded(ours)) | \(rounded(theirs)) | \(rounded(ours / theirs)) | \(transfers) |")
        }
        return lines.joined(separator: "\n")
    }

    private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}

private struct Scene {
    private let place: TemporaryTree
    private let source: DirectoryTree
    private let files: Int
    private var path: ByteString { place.path }

    init(files: Int) async throws {
        self.files = files
        place = try TemporaryTree()
        source = try place.directory("source")
        for name: ByteString in ["target", "plain", "state"] { try place.tree.makeDirectory(name) }
        try place.tree.write("rsync", witness, mode: 0o755)
        try place.tree.write("conf", configuration)
    }

    /// Starts the mirror, writes the files, waits until all have arrived; seconds from the first start to the last
    /// exit.
    func engine() async throws -> (Double, Int) {
        let mirror = try LockstepProcess(["run", path + "/conf"])
        try await Condition.wait(until: "the comparison at the start is over", deadline: .seconds(60)) {
            try times().count == 2
        }
        try place.tree.remove("times")
        let content = ByteString([UInt8](repeating: 0x61, count: 4096))
        for directory in 0..<(files / 100) {
            try source.makeDirectory(ByteString("d\(directory)"))
            for file in 0..<100 { try source.write(ByteString("d\(directory)/f\(file)"), content) }
        }
        let target = DirectoryTree(path + "/target")
        try await Condition.wait(until: "all files are there", deadline: .seconds(300), interval: .milliseconds(200)) {
            try times().count.isMultiple(of: 2) && arrived(in: target) == files
        }
        try await mirror.stop()
        let moments = try times()
        return ((moments.last ?? 0) - (moments.first ?? 0), moments.count / 2)
    }

    func plainRsync() async throws -> Double {
        let start = ContinuousClock.now
        let rsync = try ChildProcess(
            ["/usr/bin/rsync", "-a", path + "/source/", path + "/plain/"], environment: ChildProcess.inherited,
            directory: nil)
        try await rsync.waitForExit(within: .seconds(300))
        return (ContinuousClock.now - start).inSeconds
    }

    private func arrived(in target: DirectoryTree) throws -> Int {
        guard try target.names().count == files / 100 else { return 0 }
        return try target.names().reduce(0) { sum, name in
            try sum + target.names(name).count { !$0.hasPrefix(".") }
        }
    }

    /// Starts and exits, in seconds since 1970.
    private func times() throws -> [Double] {
        guard try place.tree.status("times") != nil else { return [] }
        return try place.tree.read("times").split(separator: UInt8(ascii: "\n")).compactMap { Double($0.description) }
    }

    private var witness: ByteString {
        "#!/bin/bash\ndate +%s.%N >>" + path + "/times\n/usr/bin/rsync \"$@\"\ncode=$?\ndate +%s.%N >>" + path
            + "/times\nexit $code\n"
    }

    private var configuration: ByteString {
        "settings{nodaemon = true, logfile = \"" + path + "/log\", stateDir = \"" + path + "/state\"}\n"
            + "sync{default.rsync, source = \"" + path + "/source\", target = \"" + path
            + "/target\", delay = 1, rsync = {archive = true, binary = \"" + path + "/rsync\"}}\n"
    }
}
