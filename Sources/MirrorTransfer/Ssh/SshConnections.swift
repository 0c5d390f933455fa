package import MirrorCore
package import MirrorLinux
import Synchronization

/// The ssh connections of the program: at most one master per `user@host`, shared by all targets there.
///
/// The mutex guards a dictionary that any transfer may ask, in no promised order; nothing is awaited under it.
package final class SshConnections: Sendable {
    private struct State {
        var hosts: [ByteString: SshHost] = [:]
        var directory: SocketDirectory?
        var lastNumber = SshConnections.base
        var isClosed = false
    }

    /// Masters are stopped by numbers beyond those of all jobs.
    private static let base = UInt64(1) << 62

    let kernel: KernelThread
    /// What ssh and rsync get, RSYNC_RSH and LC_ALL aside.
    package let environment: ProgramEnvironment
    /// False: every transfer opens a connection of its own (`sshMultiplex = false`).
    let isSharing: Bool
    private let state = Mutex(State())

    package init(kernel: KernelThread, isSharing: Bool = true, environment: ProgramEnvironment = .inherited) {
        self.kernel = kernel
        self.isSharing = isSharing
        self.environment = environment
    }

    /// The program `ssh`, as rsync would find it.
    var program: ByteString? { Programs.find("ssh", path: environment["PATH"]) }

    /// `name` is `user@host` as in a target.
    package func host(_ name: ByteString) -> SshHost {
        state.withLock { state in
            if let host = state.hosts[name] { return host }
            let host = SshHost(name, connections: self)
            state.hosts[name] = host
            return host
        }
    }

    /// A number that no job has, and a socket for a new master; nil once closed, or where no directory can be made.
    func newSocket() -> (number: UInt64, path: ByteString)? {
        state.withLock { state in
            guard !state.isClosed else { return nil }
            if state.directory == nil { state.directory = SocketDirectory(environment: environment) }
            guard let directory = state.directory else { return nil }
            state.lastNumber += 1
            return (state.lastNumber, directory.socket(state.lastNumber - Self.base))
        }
    }

    /// Ends all masters and removes their sockets. Transfers that come later open connections of their own.
    package func close() async {
        let (hosts, directory, last) = state.withLock { state in
            defer { state.directory = nil }
            state.isClosed = true
            return (state.hosts.values.sorted { $0.name < $1.name }, state.directory, state.lastNumber - Self.base)
        }
        for host in hosts { await host.close() }
        guard let directory else { return }
        // A master that had to be killed leaves its socket behind.
        for number in 0...last { directory.remove(socket: number) }
        directory.remove()
    }
}
