import MirrorCore
import MirrorLinux
import MirrorTesting
import MirrorTransfer

/// Many new files through default.direct's own code, beside one `cp -a` of the same files.
enum DirectCopies {
    static func table() async throws -> String {
        var lines = [
            "| new files of 4 KiB | default.direct, s (median of 5) | cp -a, s (median of 5) | ratio |",
            "|---|---|---|---|",
        ]
        for files in [10_000, 50_000] {
            var ours: [Double] = []
            var copies: [Double] = []
            for _ in 0..<5 {
                let place = try TemporaryTree()
                let source = try place.directory("source")
                let paths = try write(files, to: source)
                ours.append(try await copy(paths, from: source, to: try place.directory("target")))
                let began = Clock.now()
                try await ChildProcess.run(["cp", "-a", source.root + "/.", place.path + "/copy"])
                copies.append((Clock.now() - began).inSeconds)
                let copied = DirectoryTree(place.path + "/target")
                let wrong = try TreeComparison.differences(source, copied, checking: .everything)
                guard wrong.isEmpty else { throw FixtureError(wrong.joined(separator: "\n")) }
            }
            let (own, other) = (ours.sorted()[2], copies.sorted()[2])
            lines.append("| \(files) | \(rounded(own)) | \(rounded(other)) | \(rounded(own / other)) |")
        }
        return lines.joined(separator: "\n")
    }

    private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }

    private static func write(_ files: Int, to source: DirectoryTree) throws -> [RelativePath] {
        let content = ByteString([UInt8](repeating: 0x61, count: 4096))
        var paths: [RelativePath] = []
        for directory in 0..<(files / 100) {
            try source.makeDirectory(ByteString("d\(directory)"))
            for file in 0..<100 {
                let path = ByteString("d\(directory)/f\(file)")
                try source.write(path, content)
                if let path = RelativePath(path.bytes) { paths.append(path) }
            }
        }
        return paths
    }

    private static func copy(
        _ paths: [RelativePath], from source: DirectoryTree, to target: DirectoryTree
    ) async throws -> Double {
        let kernel = try KernelThread()
        kernel.start()
        defer { kernel.stop() }
        let pool = BlockingPool(threads: 1)
        var sync = SyncSettings(name: "Sync1", source: source.root, target: target.root + "/")
        sync.transfer = .direct(RsyncSettings())
        let way = WaysOfTransfer.make(
            for: sync, settings: Settings(), kernel: kernel,
            shared: SharedMeans(
                pool: pool, connections: SshConnections(kernel: kernel), tunnels: Tunnels(kernel: kernel, pool: pool)),
            output: { _ in })
        let job = Job(id: JobID(1), target: TargetID(0), scope: .changes(paths.map { Change($0) }))
        let outcome = await way.run(job)
        guard outcome.result == .done else { throw FixtureError("\(outcome)") }
        await way.close()
        return outcome.duration.inSeconds
    }
}
