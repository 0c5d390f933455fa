package import MirrorCore
import MirrorLinux

/// Watches one directory until a signal comes, and hands over what is told: `lockstep watch` and `lockstep record`.
package enum Observation {
    /// `take` gets the notices on the kernel thread; where it answers false, it is over. Answers false where nothing
    /// can be watched. `Signals.block` must have been called before any thread existed.
    package static func run(
        of root: ByteString, wish: EventSourceKind?, rescan: Duration?,
        take: @escaping @Sendable ([Notice]) -> Bool
    ) async -> Bool {
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        let kernel: KernelThread
        do throws(SystemCallError) {
            kernel = try KernelThread(callbacks: KernelCallbacks(deadlineReached: {}, signalled: { _ in end.yield() }))
        } catch {
            return false
        }
        kernel.start()
        var order = WatchOrder(kernel: kernel, root: root) { notices in
            if !take(notices) { end.yield() }
        }
        order.rescan = rescan
        let source = ChosenSource(order, wish: wish)
        source.start()
        for await _ in ends { break }
        source.stop()
        kernel.stop()
        return true
    }
}
