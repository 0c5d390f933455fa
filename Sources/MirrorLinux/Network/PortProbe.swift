internal import CLinux
import Glibc
package import MirrorCore

/// Finds out cheaply whether something listens at a port: it connects and hangs up.
package struct PortProbe: Sendable {
    private let kernel: KernelThread
    private let pool: BlockingPool

    /// Names are resolved on the pool, which should be for that alone: a dead name server holds its threads for long.
    package init(kernel: KernelThread, pool: BlockingPool) {
        self.kernel = kernel
        self.pool = pool
    }

    /// All addresses of the host are tried at once; true as soon as one takes the connection, false when none does
    /// within `timeout`, which holds for the resolver too.
    package func answers(host: ByteString, port: UInt16, timeout: Duration) async -> Bool {
        let (kernel, pool) = (kernel, pool)
        return await withCheckedContinuation { continuation in
            let isTaken = kernel.perform {
                let attempt = PortAttempt(kernel: kernel) { continuation.resume(returning: $0) }
                attempt.begin(timeout: timeout)
                pool.submit {
                    let addresses = HostAddress.resolve(host)
                    kernel.perform { attempt.connect(to: addresses, port: port) }
                }
            }
            if !isTaken { continuation.resume(returning: false) }
        }
    }
}

/// One probe. `@unchecked Sendable`: touched only by the kernel thread; the pool merely carries it there and back.
private final class PortAttempt: @unchecked Sendable {
    private let kernel: KernelThread
    private var completion: ((Bool) -> Void)?
    private var sockets: [Int32] = []
    private var timer: TimerID?
    private var ending: UInt64 = 0

    init(kernel: KernelThread, completion: @escaping (Bool) -> Void) {
        self.kernel = kernel
        self.completion = completion
    }

    func begin(timeout: Duration) {
        timer = kernel.schedule(after: timeout) { self.end(false) }
        ending = kernel.atEnd { self.end(false) }
    }

    func connect(to addresses: [HostAddress], port: UInt16) {
        guard completion != nil else { return }
        for address in addresses {
            let socket = address.connect(port: port)
            guard socket >= 0 else { continue }
            sockets.append(socket)
            do throws(SystemCallError) {
                try kernel.watch(socket, for: cl_epollout) { self.finish(socket) }
            } catch {
                drop(socket)
            }
        }
        if sockets.isEmpty { end(false) }
    }

    private func finish(_ socket: Int32) {
        let isConnected = cl_connect_error(socket) == 0
        drop(socket)
        if isConnected || sockets.isEmpty { end(isConnected) }
    }

    private func drop(_ socket: Int32) {
        kernel.unwatch(socket)
        close(socket)
        sockets.removeAll { $0 == socket }
    }

    private func end(_ answer: Bool) {
        guard let completion else { return }
        self.completion = nil
        kernel.cancel(timer)
        kernel.forgetEnding(ending)
        for socket in sockets { drop(socket) }
        completion(answer)
    }
}
