internal import CLinux
import Glibc

/// A thread of our own. All signals are blocked in it but those that report a fault of the program itself.
package struct SystemThread: Sendable {
    private let thread: pthread_t

    /// The name is cut by the kernel after 15 bytes. A machine that can't start a thread can't run the program.
    @discardableResult
    package init(named name: String, _ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Start(name: name, body: body))
        var thread = pthread_t()
        let error = pthread_create(&thread, nil, Self.entry, box.toOpaque())
        precondition(error == 0, "pthread_create: \(SystemCallError.text(of: error))")
        self.thread = thread
    }

    /// Waits until it has ended. Once per thread.
    func join() { pthread_join(thread, nil) }

    private final class Start {
        let name: String
        let body: @Sendable () -> Void
        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    private static let entry: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
        guard let argument else { return nil }
        cl_block_thread_signals()
        let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        cl_name_thread(start.name)
        start.body()
        return nil
    }
}
