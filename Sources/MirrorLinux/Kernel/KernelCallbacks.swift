/// What the kernel thread tells; called on that thread, so they hand over and return.
package struct KernelCallbacks: Sendable {
    /// The deadline of `KernelThread.setDeadline` has passed.
    package var deadlineReached: @Sendable () -> Void
    /// HUP, TERM or INT came. nil leaves signals alone (tests, tools).
    package var signalled: (@Sendable (Int32) -> Void)?

    package init(
        deadlineReached: @escaping @Sendable () -> Void = {}, signalled: (@Sendable (Int32) -> Void)? = nil
    ) {
        self.deadlineReached = deadlineReached
        self.signalled = signalled
    }
}
