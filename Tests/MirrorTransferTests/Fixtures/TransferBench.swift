import MirrorCore
import MirrorLinux
import MirrorTesting
import MirrorTransfer
import Synchronization

/// A source, a target and what an engine needs to run between them.
final class TransferBench: Sendable {
    let scratch: TemporaryTree
    let source: DirectoryTree
    let target: DirectoryTree
    let kernel: KernelThread
    let pool = BlockingPool(threads: 2)
    let connections: SshConnections
    let lines = Mutex<[ByteString]>([])
    private let lastJob = Mutex<UInt64>(0)

    init(environment: ProgramEnvironment = .inherited) throws {
        scratch = try TemporaryTree()
        source = try scratch.directory("source")
        target = try scratch.directory("target")
        kernel = try KernelThread()
        kernel.start()
        connections = SshConnections(kernel: kernel, environment: environment)
    }

    deinit {
        kernel.stop()
        pool.stop()
    }

    /// A transfer to `address`, or to the local target.
    func transfer(
        to address: ByteString? = nil, words: [ByteString] = ["-a"],
        configure: (inout SyncSettings, inout RsyncSettings, inout Settings) -> Void = { _, _, _ in }
    ) -> RsyncTransfer {
        var rsync = RsyncSettings()
        rsync.words = words
        var sync = SyncSettings(name: "Sync1", source: source.root, target: address ?? target.root + "/")
        var settings = Settings()
        configure(&sync, &rsync, &settings)
        sync.transfer = .rsync(rsync)
        return RsyncTransfer(
            sync: sync, settings: settings, kernel: kernel, pool: pool, connections: connections
        ) { [weak self] line in self?.lines.withLock { $0.append(line) } }
    }

    func job(_ scope: Job.Scope = .everything, deletes: Bool = true, exactly: Bool = false) -> Job {
        let number = lastJob.withLock { number in
            number += 1
            return number
        }
        return Job(
            id: JobID(number), target: TargetID(0), scope: scope, deletes: deletes, comparesExactly: exactly)
    }

    func job(_ paths: [ByteString], exactly: Bool = false) -> Job {
        job(.changes(paths.compactMap { RelativePath($0.bytes) }.map { Change($0) }), exactly: exactly)
    }

    /// A program in front of rsync: notes its words in `calls`, then does what `script` says.
    func wrapper(_ script: String = #"exec rsync "$@""#) throws -> ByteString {
        try scratch.tree.write(
            "wrapper",
            ByteString(
                """
                #!/bin/bash
                printf '%s ' "$@" | cut -c1-2000 >>'\(scratch.path)/calls'
                \(script)

                """), mode: 0o755)
        return scratch.tree.path("wrapper")
    }

    /// The command lines that the wrapper saw.
    func calls() throws -> [ByteString] {
        guard try scratch.tree.status("calls") != nil else { return [] }
        return try scratch.tree.read("calls").split(separator: UInt8(ascii: "\n")).filter { !$0.isEmpty }
    }

    /// Empty where source and target are equal; times in whole seconds, as rsync compares them.
    func differences() throws -> String {
        try TreeComparison.differences(source, target, checking: [.mode, .seconds, .allTimes]).joined(separator: "\n")
    }
}

extension DirectoryTree {
    /// Every path below it with what it is.
    func everything() throws -> [ByteString: FileStatus] {
        var found: [ByteString: FileStatus] = [:]
        var open: [ByteString] = [""]
        while let directory = open.popLast() {
            for name in try names(directory) {
                let path = directory.isEmpty ? name : directory + "/" + name
                guard let status = try status(path) else { continue }
                found[path] = status
                if status.kind == .directory { open.append(path) }
            }
        }
        return found
    }
}
