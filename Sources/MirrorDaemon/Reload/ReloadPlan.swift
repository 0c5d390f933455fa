package import MirrorCore
package import MirrorStatus

/// What a configuration that was read again changes in a running program: what is the same goes on untouched.
package struct ReloadPlan: Sendable, Equatable {
    package enum Choice: Sendable, Equatable {
        case difference(ReloadPlan)
        /// Everything has to start anew, because of this.
        case anew(String)
    }

    /// Not in the configuration any more.
    package var drained: [TargetID] = []
    /// With other settings than before: they leave at once, and join as they are now.
    package var replaced: [TargetID] = []
    /// In the order of the configuration; those that are replaced too.
    package var joining: [SyncSettings] = []
    /// The same but for a name, or a line of the file.
    package var renamed: [Renamed] = []
    package var unchanged = 0

    package struct Renamed: Sendable, Equatable {
        package var target: TargetID
        package var sync: SyncSettings
    }

    /// `running`: with all that has joined. `guests`: what is there beside the configuration, as it is to be now.
    package static func make(from running: Settings, to written: Settings, guests: [SyncSettings]) -> Choice {
        guard common(running) == common(written) else { return .anew("settings have changed") }
        guard running.discoveries == written.discoveries else { return .anew("targets are found in another way") }
        guard !(running.syncs + written.syncs).contains(where: { $0.script != nil }) else {
            return .anew("it has functions of its own")
        }
        var plan = ReloadPlan()
        var members: [Place: Int] = [:]
        for (index, sync) in running.syncs.enumerated() where sync.standing == .member { members[Place(sync)] = index }
        for sync in written.syncs + guests {
            guard let index = members.removeValue(forKey: Place(sync)) else {
                guard isWatched(sync, running) else { return .anew("a source is looked at with other filters") }
                plan.joining.append(sync)
                continue
            }
            let (old, id) = (running.syncs[index], TargetID(index))
            if old == sync {
                plan.unchanged += 1
            } else if nameless(old) == nameless(sync) {
                plan.unchanged += 1
                plan.renamed.append(Renamed(target: id, sync: sync))
            } else {
                guard isWatched(sync, running) else { return .anew("a source is looked at with other filters") }
                plan.replaced.append(id)
                plan.joining.append(sync)
            }
        }
        plan.drained = members.values.sorted().map { TargetID($0) }
        return .difference(plan)
    }

    private struct Place: Hashable {
        var source: ByteString
        var target: ByteString

        init(_ sync: SyncSettings) { (source, target) = (sync.source, sync.target) }
    }

    /// What is not about single syncs. A program that runs insists, whatever it did at its start.
    private static func common(_ settings: Settings) -> Settings {
        var settings = settings
        (settings.syncs, settings.discoveries) = ([], [])
        (settings.insists, settings.tellsEvents, settings.pidFile) = (true, false, nil)
        return settings
    }

    private static func nameless(_ sync: SyncSettings) -> SyncSettings {
        var sync = sync
        (sync.name, sync.place) = ("", MirrorCore.Place())
        return sync
    }

    /// Directories that no sync wanted are not watched: whoever wants more than all before needs another watch.
    private static func isWatched(_ sync: SyncSettings, _ running: Settings) -> Bool {
        let known = running.syncs.filter { $0.source == sync.source }
        guard !known.isEmpty else { return true }
        return known.contains {
            $0.filters.isEmpty && $0.excludes.isEmpty || $0.filters == sync.filters && $0.excludes == sync.excludes
        }
    }
}

/// What came of reading the configuration once more.
package enum ReadAgain: Sendable {
    case read(Settings, warnings: [LogLine])
    case mistaken([LogLine])
}
