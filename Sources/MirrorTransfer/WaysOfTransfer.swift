package import MirrorCore
package import MirrorLinux

/// The way of transfer that a sync asks for.
package enum WaysOfTransfer {
    /// `output` gets each line that a program writes, on the kernel thread.
    package static func make(
        for sync: SyncSettings, settings: Settings, kernel: KernelThread, shared: SharedMeans,
        output: @escaping @Sendable (ByteString) -> Void
    ) -> any Transferring {
        guard let tunnel = sync.tunnel else {
            return changing(for: sync, settings: settings, kernel: kernel, shared: shared, output: output)
        }
        return TunneledTransfer(sync: sync, tunnel: shared.tunnels.tunnel(tunnel, output: output)) { sync in
            changing(for: sync, settings: settings, kernel: kernel, shared: shared, output: output)
        }
    }

    private static func changing(
        for sync: SyncSettings, settings: Settings, kernel: KernelThread, shared: SharedMeans,
        output: @escaping @Sendable (ByteString) -> Void
    ) -> any Transferring {
        ReruledTransfer(sync: sync) {
            plain(for: $0, settings: settings, kernel: kernel, shared: shared, output: output)
        }
    }

    private static func plain(
        for sync: SyncSettings, settings: Settings, kernel: KernelThread, shared: SharedMeans,
        output: @escaping @Sendable (ByteString) -> Void
    ) -> any Transferring {
        let rsync = RsyncTransfer(
            sync: sync, settings: settings, kernel: kernel, pool: shared.pool, connections: shared.connections,
            output: output)
        switch sync.transfer {
        case .rsync: return rsync
        case .direct: return DirectTransfer(sync: sync, rsync: rsync)
        case .stream(_, let stream):
            return StreamTransfer(
                rsync: rsync, stream: stream, settings: settings,
                shared: shared.sources.source(sync.source, for: stream.options), output: output)
        case .rsyncssh(_, let ssh): return RsyncSshTransfer(sync: sync, ssh: ssh, rsync: rsync)
        }
    }
}

/// What all targets of the program use together.
package struct SharedMeans: Sendable {
    package var pool: BlockingPool
    package var connections: SshConnections
    package var tunnels: Tunnels
    package var sources: SharedSources

    package init(
        pool: BlockingPool, connections: SshConnections, tunnels: Tunnels, sources: SharedSources = SharedSources()
    ) {
        self.pool = pool
        self.sources = sources
        self.connections = connections
        self.tunnels = tunnels
    }
}
