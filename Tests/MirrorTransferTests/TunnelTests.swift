import Glibc
import MirrorCore
import MirrorLinux
import MirrorTesting
import MirrorTransfer
import Synchronization
import Testing

@Suite("Tunnels")
struct TunnelTests {
    /// An rsync daemon at a port that it is told on its command line: what a tunnel with a far end would be.
    private func daemonCommand(_ bench: TransferBench) throws -> [ByteString] {
        try bench.scratch.tree.write(
            "rsyncd.conf",
            ByteString(
                """
                use chroot = no
                uid = \(geteuid())
                gid = \(getegid())
                [m]
                path = \(bench.target.root)
                read only = no

                """))
        return [
            "rsync", "--daemon", "--no-detach", "--address=127.0.0.1", "--port=^localport",
            "--config=" + bench.scratch.path + "/rsyncd.conf",
        ]
    }

    private func transfer(_ bench: TransferBench, _ tunnel: TunnelSettings, target: ByteString) -> any Transferring {
        var sync = SyncSettings(name: "Sync1", source: bench.source.root, target: target)
        sync.tunnel = tunnel
        return WaysOfTransfer.make(
            for: sync, settings: Settings(), kernel: bench.kernel,
            shared: SharedMeans(
                pool: bench.pool, connections: bench.connections,
                tunnels: Tunnels(kernel: bench.kernel, pool: bench.pool)),
            output: { [weak bench] line in bench?.lines.withLock { $0.append(line) } })
    }

    @Test("a pool gives each process a port, which the target gets; a process that dies is started again")
    func pool() async throws {
        let bench = try TransferBench()
        var settings = TunnelSettings(number: 1, name: "Tunnel1", command: try daemonCommand(bench))
        settings.isPool = true
        settings.parallel = 2
        settings.localHost = "127.0.0.1"
        settings.readyDelay = .seconds(100)
        settings.retryDelay = .milliseconds(10)
        let tunnels = Tunnels(kernel: bench.kernel, pool: bench.pool)
        var sync = SyncSettings(name: "Sync1", source: bench.source.root, target: "rsync://^localhost:^localport/m/")
        sync.tunnel = settings
        let transfer = WaysOfTransfer.make(
            for: sync, settings: Settings(), kernel: bench.kernel,
            shared: SharedMeans(pool: bench.pool, connections: bench.connections, tunnels: tunnels), output: { _ in })
        try bench.source.write("a", "1")
        #expect(await transfer.identify() != .isSource)
        #expect(await transfer.run(bench.job()).result == .done)
        #expect(try bench.target.read("a") == "1")
        #expect(tunnels.status[0].state == .up && tunnels.status[0].processes.count == 2)
        for process in tunnels.status[0].processes { kill(process.number, SIGKILL) }
        try await Condition.wait(until: "their end is noticed") { tunnels.status[0].processes.isEmpty }
        try bench.source.write("b", "2")
        #expect(await transfer.run(bench.job(["b"])).result == .done)
        #expect(try bench.target.read("b") == "2")
        await transfer.close()
        try await Condition.wait(until: "the processes have ended") { tunnels.status[0].processes.isEmpty }
    }

    @Test("a single command is up when it has lived for its time; nothing is put into the target but the host")
    func command() async throws {
        let bench = try TransferBench()
        var settings = TunnelSettings(number: 1, name: "T", command: ["sleep", "1000"])
        settings.readyDelay = .milliseconds(100)
        let transfer = transfer(bench, settings, target: bench.target.root + "/")
        try bench.source.write("a", "1")
        let outcome = await transfer.run(bench.job())
        #expect(outcome.result == .done, "\(outcome) \(bench.lines.withLock { $0 })")
        #expect(try bench.target.read("a") == "1")
        await transfer.close()
    }

    @Test("a job that waits for a tunnel can be stopped")
    func stopped() async throws {
        let bench = try TransferBench()
        var settings = TunnelSettings(number: 1, name: "T", command: ["sleep", "1000"])
        settings.readyDelay = .seconds(1000)
        let transfer = transfer(bench, settings, target: bench.target.root + "/")
        let job = bench.job()
        async let outcome = transfer.run(job)
        transfer.stop(job.id)
        #expect(await outcome.result == .stopped)
        await transfer.close()
    }
}
