import MirrorCore
import MirrorLinux
import MirrorStatus

/// Targets that people add, drain, take away and accept while the program runs.
extension ControlDesk {
    /// What people have added and taken away before this start.
    func restoredTargets() -> [Event] {
        let wall = WallClock.now().seconds
        var events: [Event] = []
        for (index, sync) in settings.syncs.enumerated() where targets.isRemoved(sync) {
            let text: ByteString = ": taken away by request; lockstep targets add brings it back"
            log.write(LogLine(.normal, words.subject(of: TargetID(index)) + text))
            events.append(.targetRemoved(TargetID(index)))
        }
        for sync in added(to: settings.written) {
            events.append(.targetJoined(sync, consents: targets.isKnown(sync, wall: wall)))
        }
        return events
    }

    /// What people have added beside these syncs of a configuration, made like them.
    private func added(to written: [SyncSettings]) -> [SyncSettings] {
        targets.added().compactMap { added in
            let ofSource = written.filter { $0.source == added.source }
            guard !ofSource.contains(where: { $0.target == added.target }),
                let like = ofSource.first(where: { $0.name == added.like }) ?? ofSource.first
            else { return nil }
            do throws(Retargeting.Mistake) {
                return try Retargeting(sync: like).sync(for: added.target)
            } catch {
                log.write(LogLine(.warn, error.text + "; it was added by request and does not join"))
                return nil
            }
        }
    }

    /// What a configuration that was read again comes to, without what people have taken away and with what they have
    /// added, and with the targets that were found.
    func plan(_ written: Settings) -> ReloadPlan.Choice {
        var wanted = written
        wanted.syncs.removeAll { targets.isRemoved($0) }
        var guests = added(to: written.written)
        let known = Set((wanted.syncs + guests).map { $0.source + " -> " + $0.target })
        for discovery in written.discoveries {
            let found = Set(targets.discovered(discovery))
            guests += settings.syncs.filter {
                $0.standing == .member && $0.source == discovery.template.source && found.contains($0.target)
                    && !known.contains($0.source + " -> " + $0.target)
            }
        }
        return ReloadPlan.make(from: settings, to: wanted, guests: guests)
    }

    func add(_ written: ByteString, like name: ByteString?, _ request: LocalRequest) -> [Event] {
        let members = settings.syncs.filter { $0.standing != .left }
        let patterns = members + settings.discoveries.map(\.template)
        let candidates = name.map { name in patterns.filter { $0.name == name } } ?? patterns
        guard let like = candidates.first else {
            let text = "no sync is called \"" + Shown.name(name ?? "") + "\"; lockstep status names them\n"
            return refuse(text, request)
        }
        guard Set(candidates.map(\.source)).count == 1 else {
            return refuse("there are several sources; say with --like which sync it is to be like\n", request)
        }
        let sync: SyncSettings
        do throws(Retargeting.Mistake) {
            sync = try Retargeting(sync: like).sync(for: written)
        } catch {
            return refuse(error.text + "\n", request)
        }
        let old = members.first { $0.source == sync.source && $0.target == sync.target }
        guard old == nil else {
            let text: ByteString =
                old?.standing == .leaving ? " is leaving; try again when it is gone\n" : " is there\n"
            return refuse(Shown.name(sync.target) + text, request)
        }
        var remarks = [targets.forgetRemoved(sync)]
        let isConfigured = configured.contains { $0.source == sync.source && $0.target == sync.target }
        if !isConfigured { remarks.append(targets.keepAdded(sync, like: like.name, user: request.peer.user)) }
        let subject = Shown.name(sync.name) + " -> " + Shown.name(sync.target)
        tell([subject], "joins, and is compared", remarks, request)
        return [.targetJoined(sync, consents: targets.isKnown(sync, wall: WallClock.now().seconds))]
    }

    /// Without names nobody goes: that is never what somebody meant.
    func leave(_ chosen: [TargetID], drains: Bool, _ request: LocalRequest) -> [Event] {
        let scripted = chosen.filter { settings.syncs[$0.index].script != nil }
        if let target = scripted.first {
            return refuse(words.subject(of: target) + " has functions of its own; change the configuration\n", request)
        }
        let remarks = chosen.map { target in
            let sync = settings.syncs[target.index]
            if !drains { targets.forgetKnown(sync) }
            return targets.isAdded(sync)
                ? targets.forgetAdded(sync) : targets.keepRemoved(sync, user: request.peer.user)
        }
        let text = drains ? "leaves when it has what it is owed now" : "is taken away"
        tell(chosen.map { words.subject(of: $0) }, text, remarks, request)
        return chosen.map { drains ? .targetDrained($0) : .targetRemoved($0) }
    }

    func accept(_ chosen: [TargetID], _ mirrors: borrowing Mirrors, _ request: LocalRequest) -> [Event] {
        let waiting = chosen.filter { mirrors.mirrors[$0.index].consent != .given }
        guard !waiting.isEmpty else { return refuse("none of these waits for a word\n", request) }
        tell(waiting.map { words.subject(of: $0) }, "accepted; what the source does not have goes there", [], request)
        return waiting.map { .consentGiven($0) }
    }

    func refuse(_ text: ByteString, _ request: LocalRequest) -> [Event] {
        answer(request.id, ControlAnswer(settings.redaction.apply(text), code: ControlAnswer.usage))
        return []
    }
}
