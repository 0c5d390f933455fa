import Glibc
package import MirrorCore
import MirrorLinux
import MirrorStatus
import MirrorTransfer

/// `lockstep check --connect --dry-run`: every target is looked at, side by side, and none is touched.
package enum Rehearsal {
    /// Prints as it goes on, in the order of the configuration, and answers the exit code. `Signals.block` must have
    /// been called before any thread existed.
    package static func run(_ settings: Settings, withDryRun: Bool) async -> Int32 {
        let kernel: KernelThread
        do throws(SystemCallError) {
            // Nothing is at stake, so the first signal ends it.
            kernel = try KernelThread(callbacks: KernelCallbacks(deadlineReached: {}, signalled: { exit(128 + $0) }))
        } catch {
            Terminal.errors(ByteString("lockstep: the kernel gives no event queue (\(error.description))\n"))
            return RehearsalText.Verdict.unusable.rawValue
        }
        kernel.start()
        let connections = SshConnections(kernel: kernel, isSharing: false)
        let verdict = await inspect(settings, withDryRun, kernel, connections)
        await connections.close()
        kernel.stop()
        return verdict.rawValue
    }

    private static func inspect(
        _ settings: Settings, _ withDryRun: Bool, _ kernel: KernelThread, _ connections: SshConnections
    ) async -> RehearsalText.Verdict {
        let pool = BlockingPool()
        let text = RehearsalText(
            words: ProblemText(
                settings: settings,
                cure: { failure, sync in FailureAdvice.cure(for: failure, target: sync.target) },
                errorText: { SystemCallError.text(of: $0) }))
        return await withTaskGroup(of: (Int, TargetInspection).self) { group in
            for (index, sync) in settings.syncs.enumerated() {
                group.addTask {
                    let tunnels = Tunnels(kernel: kernel, pool: pool)
                    let found = await TargetInspector.inspect(
                        sync, settings: settings, kernel: kernel,
                        shared: SharedMeans(pool: pool, connections: connections, tunnels: tunnels),
                        withDryRun: withDryRun)
                    return (index, found)
                }
            }
            var waiting: [Int: TargetInspection] = [:]
            var next = 0
            var verdict = RehearsalText.Verdict.fine
            for await (index, found) in group {
                waiting[index] = found
                while let found = waiting.removeValue(forKey: next) {
                    let (lines, weight) = text.render(found, of: settings.syncs[next])
                    Terminal.output(settings.redaction.apply(lines))
                    verdict = max(verdict, weight)
                    next += 1
                }
            }
            return verdict
        }
    }
}
