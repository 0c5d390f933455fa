import Glibc
import MirrorCore
import MirrorLinux
import MirrorTesting

/// A walk that looks at every name of a tree, beside find(1) and the plainest loop of readdir and lstat that there is.
enum Walks {
    private static let directories = 2_000
    private static let files = 50

    static func table() async throws -> String {
        let place = try TemporaryTree()
        for directory in 0..<directories {
            let path = ByteString("d\(directory % 40)/d\(directory)")
            try place.tree.makeDirectories(path)
            for file in 0..<files { try place.tree.write(path + "/" + ByteString("f\(file)"), "x") }
        }
        var lines = [
            "| \(directories * files) files in \(directories) directories, in memory | s (median of 5) |",
            "|---|---|",
        ]
        let path = place.path
        lines.append("| find -printf %C@ | \(try await median { try await find(path) }) |")
        lines.append("| readdir and lstat, one thread | \(try await median { _ = bare(path.description) }) |")
        for threads in [1, 4, 8] {
            lines.append("| the walker, \(threads) threads | \(try await median { walk(path, threads: threads) }) |")
        }
        return lines.joined(separator: "\n")
    }

    private static func median(of body: () async throws -> Void) async throws -> Double {
        var times: [Double] = []
        for _ in 0..<5 {
            let start = ContinuousClock.now
            try await body()
            times.append((ContinuousClock.now - start).inSeconds)
        }
        return (times.sorted()[2] * 1000).rounded() / 1000
    }

    private static func find(_ path: ByteString) async throws {
        let find = try ChildProcess(
            ["/usr/bin/find", path, "-fprintf", "/dev/null", "%C@\n"], environment: ChildProcess.inherited,
            directory: nil)
        try await find.waitForExit(within: .seconds(300))
    }

    /// Only what changed in the last moment is told: nothing.
    private static func walk(_ path: ByteString, threads: Int) {
        var order = WalkOrder(root: path, threads: threads)
        order.wants = { $0.changed == .max }
        let end = TreeWalker(order) { _ in true }.run()
        precondition(end.entries > directories * files)
    }

    private static func bare(_ path: String) -> Int {
        guard let stream = opendir(path) else { return 0 }
        defer { closedir(stream) }
        var count = 0
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name != ".", name != ".." else { continue }
            var status = stat()
            guard fstatat(dirfd(stream), name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
            count += 1
            if status.st_mode & S_IFMT == S_IFDIR { count += bare(path + "/" + name) }
        }
        return count
    }
}
