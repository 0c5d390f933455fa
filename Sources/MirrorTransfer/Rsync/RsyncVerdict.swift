package import MirrorCore

/// What a run of rsync means for the paths of its job.
package struct RsyncVerdict: Sendable {
    private let sync: SyncSettings
    private let scope: Job.Scope
    private let standings: [RelativePath: ListedPath]
    private let messages: RsyncMessages

    /// `paths` are those of the job; empty where everything is compared.
    package init(sync: SyncSettings, job: Job, paths: [ListedPath] = []) {
        self.sync = sync
        self.scope = job.scope
        self.messages = RsyncMessages(source: sync.source, target: sync.target)
        self.standings = Dictionary(paths.map { ($0.change.path, $0) }) { first, _ in first }
    }

    package func result(_ evidence: RunEvidence) -> Outcome.Result {
        if evidence.ending == .stopped { return .stopped }
        if let code = evidence.exitCode {
            if code == 23 || code == 24 { return someMissing(evidence) }
            if sync.exitCodes.isCustom {
                if sync.exitCodes.table[code] == .ok { return .done }
                if code == 0 { return .failed(Failure(.exited, detail: "its exit code 0 is no success here")) }
            }
            if code == 0 { return .done }
            if let full = fullDisk(evidence) { return full }
        }
        return .failed(FailureDiagnosis.diagnose(evidence) ?? Failure(.exited))
    }

    /// 23 and 24: some paths are not there yet, and the messages say which.
    private func someMissing(_ evidence: RunEvidence) -> Outcome.Result {
        let (complaints, unclear) = messages.read(evidence.errors)
        if let whole = wholeFailure(evidence, complaints) { return .failed(whole) }
        let failures = failures(from: complaints)
        if !failures.isEmpty, unclear.isEmpty, !evidence.isCut { return .partial(failures) }
        let weak =
            failures.isEmpty && unclear.isEmpty && !evidence.isCut ? messages.read(evidence.output).complaints : []
        let told = self.failures(from: weak)
        if !told.isEmpty { return .partial(told) }
        return wholeBatch(unclear.first?.description ?? FailureDiagnosis.lastWords(evidence), evidence)
    }

    /// The root of the source or of the target is meant, or the far side refused as a whole.
    private func wholeFailure(_ evidence: RunEvidence, _ complaints: [PathComplaint]) -> Failure? {
        if let root = complaints.first(where: { $0.path.isRoot && $0.isDirectory }) {
            let isTarget = !root.text.contains("[sender]") && root.text.contains("mkdir")
            return Failure(isTarget ? .targetUnusable : .exited, detail: root.text)
        }
        guard complaints.isEmpty, let failure = FailureDiagnosis.diagnose(evidence) else { return nil }
        switch failure.cause {
        case .exited, .connectionLost: return nil
        default: return failure
        }
    }

    private func wholeBatch(_ text: String, _ evidence: RunEvidence) -> Outcome.Result {
        guard case .changes(let changes) = scope, !changes.isEmpty else {
            return .failed(FailureDiagnosis.diagnose(evidence) ?? Failure(.exited, detail: text))
        }
        let hasNoSpace = evidence.errors.contains { $0.bytes.holds("No space left on device") }
        return .partial(changes.map { PathFailure($0, kind: hasNoSpace ? .noSpace : .other, text: text) })
    }

    /// rsync ends with 11 when a write fails; what came before it in the list is there, but no message says how far.
    private func fullDisk(_ evidence: RunEvidence) -> Outcome.Result? {
        guard evidence.exitCode == 11 else { return nil }
        let full = messages.read(evidence.errors).complaints.filter { $0.kind == .noSpace }
        guard let first = full.first else { return nil }
        return .failed(Failure(.noSpace, detail: first.text))
    }

    private func failures(from complaints: [PathComplaint]) -> [PathFailure] {
        var failures: [PathFailure] = []
        var seen: Set<Change> = []
        for complaint in complaints {
            for change in changes(meantBy: complaint) where seen.insert(change).inserted {
                failures.append(PathFailure(change, kind: complaint.kind, text: complaint.text))
            }
        }
        return failures
    }

    private func changes(meantBy complaint: PathComplaint) -> [Change] {
        let path = complaint.path
        let own = Change(path, isSubtree: complaint.isDirectory)
        guard case .changes(let changes) = scope else { return [own] }
        if let listed = standings[path] { return [Self.widened(listed.change, complaint)] }
        if complaint.isDirectory {
            // A parent that can't be made or entered keeps away what the job has below it.
            let below = changes.filter { path.contains($0.path) }
            if !below.isEmpty { return below }
        }
        var next = path.parent
        while let parent = next {
            if let listed = standings[parent], listed.takesAllBelow {
                // What is left of a directory that is gone goes with it; in one that stands, this one path is meant.
                return listed.standing == .directory ? [own] : [listed.change]
            }
            next = parent.parent
        }
        return [own]
    }

    private static func widened(_ change: Change, _ complaint: PathComplaint) -> Change {
        guard complaint.isDirectory, complaint.kind != .vanished else { return change }
        var change = change
        change.isSubtree = true
        change.isShallow = false
        change.mayBeDirectory = true
        return change
    }
}
