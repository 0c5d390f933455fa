package import MirrorCore
package import MirrorLinux
import Synchronization

/// A way of transfer whose target is reached through a tunnel, at a port that is known only when the tunnel is up.
package final class TunneledTransfer: Transferring {
    private let sync: SyncSettings
    private let tunnel: Tunnel
    private let make: @Sendable (SyncSettings) -> any Transferring
    /// By port; a pool has few.
    private let ways = Mutex<[UInt16: any Transferring]>([:])
    private let stopped = Mutex<Set<JobID>>([])

    package init(
        sync: SyncSettings, tunnel: Tunnel, make: @escaping @Sendable (SyncSettings) -> any Transferring
    ) {
        self.sync = sync
        self.tunnel = tunnel
        self.make = make
    }

    package func run(_ job: Job) async -> Outcome {
        let started = Clock.now()
        let isStopped: @Sendable () -> Bool = { self.stopped.withLock { $0.contains(job.id) } }
        switch await tunnel.way(isStopped: isStopped) {
        case .success(let port): return await way(port).run(job)
        case .failure where isStopped(): return Outcome(.stopped, duration: Clock.now() - started)
        case .failure(let failure):
            return Outcome(
                .failed(Failure(.tunnelDown, detail: failure.text)), duration: Clock.now() - started)
        }
    }

    package func stop(_ id: JobID) {
        _ = stopped.withLock { $0.insert(id) }
        for way in ways.withLock({ Array($0.values) }) { way.stop(id) }
    }

    package func identify() async -> TargetIdentity {
        switch await tunnel.way(isStopped: { false }) {
        case .success(let port): await way(port).identify()
        case .failure(let failure): .unknown(Failure(.tunnelDown, detail: failure.text))
        }
    }

    package func answersPort() async -> Bool {
        if case .success = await tunnel.way(isStopped: { false }) { true } else { false }
    }

    package func close() async {
        tunnel.close()
        for way in ways.withLock({ Array($0.values) }) { await way.close() }
    }

    private func way(_ port: UInt16) -> any Transferring {
        ways.withLock { ways in
            if let known = ways[port] { return known }
            var sync = sync
            sync.target = TunnelPlaces.fill(sync.target, port: port, host: tunnel.settings.localHost)
            let way = make(sync)
            ways[port] = way
            return way
        }
    }
}

/// The tunnels of the program; syncs that name the same one share it.
package final class Tunnels: Sendable {
    private let kernel: KernelThread
    private let pool: BlockingPool
    private let known = Mutex<[Int: Tunnel]>([:])

    package init(kernel: KernelThread, pool: BlockingPool) {
        self.kernel = kernel
        self.pool = pool
    }

    package func tunnel(_ settings: TunnelSettings, output: @escaping @Sendable (ByteString) -> Void) -> Tunnel {
        known.withLock { known in
            if let tunnel = known[settings.number] { return tunnel }
            let tunnel = Tunnel(settings, kernel: kernel, pool: pool, output: output)
            known[settings.number] = tunnel
            return tunnel
        }
    }

    /// Ends all of them: whoever waits for one is told that it does not come.
    package func close() {
        for tunnel in known.withLock({ Array($0.values) }) { tunnel.close() }
    }

    package func status(of number: Int) -> TunnelStatus? { known.withLock { $0[number] }?.status }

    /// In the order of the configuration.
    package var status: [TunnelStatus] {
        known.withLock { $0.sorted { $0.key < $1.key }.map(\.value) }.map(\.status)
    }
}
