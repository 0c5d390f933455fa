package import MirrorCore
package import MirrorLinux
import Synchronization

/// Remembers across restarts what each source was, and in this run how each was seen last. Everything here is
/// blocking, and nothing here ever stops a mirror: what cannot be read counts as never seen, what cannot be written is
/// a remark.
package struct SourceMemory: Sendable {
    /// A lock of its own: looks are made on the threads of a pool, for several sources at a time.
    private final class Sights: Sendable {
        let facts = Mutex<[ByteString: SourceFacts]>([:])
    }

    package let directory: ByteString
    private let sights = Sights()

    package init(directory: ByteString) { self.directory = directory }

    /// Looks at the source, compares it with what is remembered, and uses up an operator's `accept`. Accepting rewrites
    /// what is remembered to what is there now.
    package func look(at source: ByteString) -> SourceReport {
        let look = SourceSight.look(at: source)
        var (remembered, remark) = read(source)
        var isAccepted = false
        if case .found(let facts) = look {
            switch takeAcceptance(source) {
            case .success(let user):
                isAccepted = user != nil
                if let user { remark = "user \(user) has accepted it as it is" }
            case .failure(let error):
                remark = "its acceptance cannot be used up, and does not count (\(error.description))"
            }
            if isAccepted { remark = write(facts, source) ?? remark }
        }
        let seen = sights.facts.withLock { $0[source] }
        var report = SourceComparison.report(on: look, remembered: remembered, seen: seen, accepted: isAccepted)
        report.remark = report.remark ?? remark
        if case .found(let facts) = look, report.suspicion == nil { sights.facts.withLock { $0[source] = facts } }
        return report
    }

    /// The same look without using up an acceptance: the answer stays with the caller, who may be about to start a
    /// transfer, while an acceptance has to reach the one who decides.
    package func suspicion(of source: ByteString) -> SourceSuspicion? {
        let report = SourceComparison.report(
            on: SourceSight.look(at: source), remembered: read(source).facts,
            seen: sights.facts.withLock { $0[source] }, accepted: false)
        return report.suspicion
    }

    /// Keeps what the source is now; `hasContent` is what the mirror has seen; `inStep`, that
    /// it ends with everything at every target. A file system that has gone since the
    /// last look is not kept. Answers with a remark where it could not be written, each time.
    package func remember(_ source: ByteString, hasContent: Bool, inStep: Bool = false) -> String? {
        guard case .found(var facts) = SourceSight.look(at: source) else { return nil }
        facts.hasContent = hasContent
        facts.endedInStep = inStep
        let (remembered, _) = read(source)
        guard remembered != facts else { return nil }
        let report = SourceComparison.report(
            on: .found(facts), remembered: remembered, seen: sights.facts.withLock { $0[source] }, accepted: false)
        if case .mountGone = report.suspicion { return nil }
        return write(facts, source)
    }

    /// An operator's word that what is there now is right; the next look uses it up.
    package func accept(_ source: ByteString) throws(SystemCallError) {
        try StateFile.makeDirectory(directory)
        try ReplaceableFile.write(path(source, "accept"), SourceRecord.acceptance.bytes)
    }

    /// Whether a program that uses this directory has ever known the source.
    package func knows(_ source: ByteString) -> Bool { read(source).facts != nil }

    private func read(_ source: ByteString) -> (facts: SourceFacts?, remark: String?) {
        do throws(SystemCallError) {
            guard let text = try StateFile.read(path(source, "source")) else { return (nil, nil) }
            let facts = SourceRecord.facts(in: text, source: source)
            return (facts, facts == nil ? "what was remembered of it is damaged; it counts as new" : nil)
        } catch {
            return (nil, "what was remembered of it cannot be read (\(error.description)); it counts as new")
        }
    }

    private func write(_ facts: SourceFacts, _ source: ByteString) -> String? {
        do throws(SystemCallError) {
            try StateFile.makeDirectory(directory)
            try ReplaceableFile.write(path(source, "source"), SourceRecord.text(of: facts, source: source).bytes)
            return nil
        } catch {
            return "it cannot be remembered across a restart (\(error.description)); the mirror goes on"
        }
    }

    /// The user who has accepted it; nil where nobody has.
    private func takeAcceptance(_ source: ByteString) -> Result<UInt32?, SystemCallError> {
        let path = path(source, "accept")
        do throws(SystemCallError) {
            let user = (try? FileFacts.at(path))?.user
            return .success(try StateFile.remove(path) ? user ?? 0 : nil)
        } catch {
            return .failure(error)
        }
    }

    private func path(_ source: ByteString, _ ending: ByteString) -> ByteString {
        directory + "/" + SourceRecord.name(for: source) + "." + ending
    }
}
