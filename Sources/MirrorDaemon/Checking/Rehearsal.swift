import Glibc
package import MirrorCore
import MirrorLinux
import MirrorStatus
import MirrorTransfer

/// `lockstep check --connect --dry-run`: every target is looked at, side by side, and none is touched.
package enum Rehearsal {
    private enum Purpose {
        case look
        case dryRun
        case verify
    }

    /// Prints as it goes on, in the order of the configuration, and answers the exit code. `Signals.block` must have
    /// been called before any thread existed.
    package static func run(_ settings: Settings, withDryRun: Bool) async -> Int32 {
        await run(settings, withDryRun ? .dryRun : .look)
    }

    /// `lockstep verify`: with the targets that have joined, and every difference counts.
    /// `only`: the sync of this name or target.
    package static func verify(_ settings: Settings, withChecksums: Bool, only: ByteString? = nil) async -> Int32 {
        var settings = settings
        settings.syncs += TargetMemory(directory: StateDirectory.of(settings)).guests(beside: settings)
        settings.syncs.removeAll { $0.script != nil }
        if let only {
            settings.syncs.removeAll { $0.name != only && $0.target != only && $0.target != only + "/" }
            guard !settings.syncs.isEmpty else {
                Terminal.errors("lockstep verify: no sync has the name or target \"" + Shown.name(only) + "\"\n")
                return RehearsalText.Verdict.unusable.rawValue
            }
        }
        for index in settings.syncs.indices where withChecksums {
            let transfer = settings.syncs[index].transfer
            settings.syncs[index].transfer = transfer.with(transfer.rsync.words + ["--checksum"])
        }
        return await run(settings, .verify)
    }

    private static func run(_ settings: Settings, _ purpose: Purpose) async -> Int32 {
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
        let verdict = await inspect(settings, purpose, kernel, connections)
        await connections.close()
        kernel.stop()
        return verdict.rawValue
    }

    private static func inspect(
        _ settings: Settings, _ purpose: Purpose, _ kernel: KernelThread, _ connections: SshConnections
    ) async -> RehearsalText.Verdict {
        let pool = BlockingPool()
        let text = RehearsalText(
            words: ProblemText(
                settings: settings,
                cure: { failure, sync in FailureAdvice.cure(for: failure, target: sync.target) },
                errorText: { SystemCallError.text(of: $0) }))
        let inspect = { @Sendable (sync: SyncSettings) in
            await TargetInspector.inspect(
                sync, settings: settings, kernel: kernel,
                shared: SharedMeans(
                    pool: pool, connections: connections, tunnels: Tunnels(kernel: kernel, pool: pool)),
                withDryRun: purpose != .look)
        }
        return await withTaskGroup(of: (Int, TargetInspection, withheld: Int?).self) { group in
            for (index, sync) in settings.syncs.enumerated() {
                group.addTask {
                    let found = await inspect(sync)
                    guard purpose == .verify, let sent = found.dryRun?.sent,
                        let words = Withholding.without(sync.transfer.rsync.words)
                    else { return (index, found, nil) }
                    var open = sync
                    open.transfer = sync.transfer.with(words)
                    let more = await inspect(open).dryRun?.sent
                    return (index, found, more.map { max($0 - sent, 0) })
                }
            }
            var waiting: [Int: (TargetInspection, Int?)] = [:]
            var next = 0
            var verdict = RehearsalText.Verdict.fine
            for await (index, found, withheld) in group {
                waiting[index] = (found, withheld)
                while let (found, withheld) = waiting.removeValue(forKey: next) {
                    var (lines, weight) = text.render(found, of: settings.syncs[next])
                    if purpose == .verify {
                        let verified = RehearsalText.verified(found, withheld: withheld)
                        lines += verified.text
                        weight = max(weight, verified.verdict)
                    }
                    Terminal.output(settings.redaction.apply(lines))
                    verdict = max(verdict, weight)
                    next += 1
                }
            }
            return verdict
        }
    }
}
