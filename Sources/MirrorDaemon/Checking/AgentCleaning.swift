import Glibc
package import MirrorCore
import MirrorLinux
import MirrorStatus
import MirrorTransfer

/// `lockstep agent remove HOST`.
package enum AgentCleaning {
    /// Prints what has been removed, and answers the exit code. `Signals.block` must have been called before any thread
    /// existed.
    package static func run(_ host: ByteString) async -> Int32 {
        let kernel: KernelThread
        do throws(SystemCallError) {
            kernel = try KernelThread(callbacks: KernelCallbacks(deadlineReached: {}, signalled: { exit(128 + $0) }))
        } catch {
            Terminal.errors(ByteString("lockstep: the kernel gives no event queue (\(error.description))\n"))
            return 1
        }
        kernel.start()
        let found = await AgentRemoval.run(at: host, SshConnections(kernel: kernel, isSharing: false))
        kernel.stop()
        guard found.ending == .exited(0) else {
            let words = found.errors.last ?? ByteString("ssh ended with \(found.ending)")
            Terminal.errors(
                "lockstep agent remove: \"" + Shown.name(host) + "\" was not reached, or refused: " + Shown.name(words)
                    + "; nothing is removed\n")
            return 1
        }
        for path in found.output { Terminal.output("removed: " + Shown.name(host) + ":" + Shown.name(path) + "\n") }
        if found.output.isEmpty { Terminal.output("there is no agent of ours on " + Shown.name(host) + "\n") }
        return 0
    }
}
