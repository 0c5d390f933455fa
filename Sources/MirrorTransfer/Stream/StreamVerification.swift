import Glibc
import MirrorCore
import MirrorLinux
import MirrorReceiver
import MirrorWire

/// What a comparison of a whole target finds; nothing is changed by it.
struct StreamFindings: Sendable {
    static let examples = 5

    struct Names: Sendable {
        var count = 0
        /// The first of them.
        var examples: [ByteString] = []

        mutating func add(_ path: RelativePath, count names: Int = 1) {
            count += names
            if examples.count < StreamFindings.examples { examples.append(path.byteString) }
        }
    }

    /// Missing there, or of another kind or content.
    var sent = Names()
    /// Only there.
    var deleted = Names()
    /// With another mode, owner, time or the like.
    var altered = Names()
    var failures: [PathFailure] = []
}

extension StreamPass {
    /// Walks through both trees side by side. Files of one size and time are read at both ends where `contents` asks
    /// for it.
    static func verify(
        _ source: ByteString, _ rules: Rules, contents: Bool, through channel: StreamChannel
    ) -> (StreamFindings, ChannelEnd?) {
        var findings = StreamFindings()
        guard let tree = try? BeneathTree(source), let root = try? tree.found(.root) else {
            let failure = PathFailure(
                Change(.root, isSubtree: true), kind: .unreadable, text: "the source can't be opened")
            findings.failures = [failure]
            return (findings, nil)
        }
        var pass = StreamPass(
            source: tree, rules: rules, isStopped: { false }, look: nil, shared: SharedSource(), made: Clock.now(),
            channel: channel, links: LinkedNames(),
            fuse: DeletionFuse(), sourceDevice: root.device)
        var end: ChannelEnd?
        do throws(ChannelEnd) {
            try pass.verify(contents, &findings)
        } catch {
            end = error
        }
        findings.failures = pass.result.failures
        return (findings, end)
    }

    private mutating func verify(_ contents: Bool, _ findings: inout StreamFindings) throws(ChannelEnd) {
        // Of a directory that the target does not have nobody is asked.
        var open: [(path: RelativePath, isThere: Bool)] = [(.root, true)]
        while let (directory, isThere) = open.popLast() {
            let theirs = isThere ? try ask(directory) ?? [] : []
            let ours: [ByteString]
            do throws(SystemCallError) {
                ours = try source.names(directory)
            } catch {
                if error.errno != ENOENT { unreadable(directory, error.errno, isSubtree: true) }
                continue
            }
            var rest = Dictionary(theirs.map { ($0.name, $0) }) { first, _ in first }
            for name in ours {
                let path = directory.appending(name.bytes)
                let there = rest.removeValue(forKey: name)
                guard let (found, metadata) = read(path), rules.stream.options.keeps(metadata.kind),
                    !rules.matcher.excludes(path, isDirectory: metadata.kind == .directory)
                else { continue }
                try verify(path, metadata, there, contents, &findings)
                if metadata.kind == .directory, entersDirectory(found) {
                    open.append((path, there?.metadata.kind == .directory))
                }
            }
            for there in rest.values.sorted(by: { $0.name < $1.name }) {
                try noteStranger(directory.appending(there.name.bytes), there, &findings)
            }
        }
    }

    private mutating func noteStranger(
        _ path: RelativePath, _ there: ListedEntry, _ findings: inout StreamFindings
    ) throws(ChannelEnd) {
        let isDirectory = there.metadata.kind == .directory
        guard rules.deletes, !rules.matcher.excludes(path, isDirectory: isDirectory), isGone(path) else { return }
        findings.deleted.add(path, count: isDirectory ? try count(path) : 1)
    }

    private mutating func count(_ path: RelativePath) throws(ChannelEnd) -> Int {
        let answer = try answer { .count($0, path, atMost: DeletionFuse.mostCounted) }
        guard case .counted(_, let count) = answer else { return 1 }
        return max(Int(count), 1)
    }

    private mutating func verify(
        _ path: RelativePath, _ ours: Metadata, _ there: ListedEntry?, _ contents: Bool,
        _ findings: inout StreamFindings
    ) throws(ChannelEnd) {
        guard let there, there.metadata.kind == ours.kind else {
            if there?.metadata.kind == .directory, rules.deletes {
                findings.deleted.add(path, count: try count(path))
            }
            return findings.sent.add(path)
        }
        let isSame: Bool
        switch ours.kind {
        case .directory: isSame = true
        case .regular:
            let looksSame = ours.size == there.metadata.size && ours.hasTime(of: there.metadata)
            isSame = contents && looksSame ? try hasSameContent(path, ours) : looksSame
        case .symbolicLink: isSame = (try? source.place(path).destination()) == there.destination
        case .fifo, .socket, .characterDevice, .blockDevice:
            isSame = ours.major == there.metadata.major && ours.minor == there.metadata.minor
        }
        if !isSame {
            findings.sent.add(path)
        } else if differs(ours, there.metadata) {
            findings.altered.add(path)
        }
    }

    /// Block by block, with hashes of a seed of its own. What can't be read here is noted and counts as the same.
    private mutating func hasSameContent(_ path: RelativePath, _ ours: Metadata) throws(ChannelEnd) -> Bool {
        guard ours.size > 0 else { return true }
        let rule = TheirBlocks.rule(for: ours.size)
        guard case .blocks(_, let size, let hashes, _) = try answer({ .hashes($0, path, rule) }) else { return false }
        guard size == ours.size else { return false }
        let theirs = TheirBlocks(rule: rule, size: size, hashes: hashes)
        let descriptor: Int32
        do throws(SystemCallError) {
            descriptor = try source.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW)
        } catch {
            unreadable(path, error.errno)
            return true
        }
        defer { close(descriptor) }
        var offset: Int64 = 0
        while offset < Int64(size) {
            guard let piece = readPiece(descriptor, Int(rule.size), at: offset, path) else { return true }
            guard !piece.isEmpty, piece.withUnsafeBytes({ theirs.holds($0, at: offset) }) else { return false }
            offset += Int64(piece.count)
        }
        return true
    }

    /// The one answer to an order, when nothing else is on its way.
    private mutating func answer(_ make: (UInt32) -> Order) throws(ChannelEnd) -> Answer {
        try send(.asked, make)
        while true {
            if let (_, answer) = channel.nextHeard() { return answer }
            try channel.wait(isStopped)
        }
    }
}

extension StreamTransfer {
    /// The same comparison as before a transfer, by a connection of its own, and nothing is changed: no directory is
    /// made, and no agent is installed. Nil where the agent can't run there.
    func verify(contents: Bool) async -> TargetInspection.DryRun? {
        let connection: Connection
        switch await connect(changesNothing: true, isStopped: { false }) {
        case .success(let made): connection = made
        case .failure(.cannotRun): return nil
        case .failure(.failed(let failure)): return TargetInspection.DryRun(result: .failed(failure))
        case .failure(.stopped): return TargetInspection.DryRun(result: .stopped)
        }
        let rules = StreamPass.Rules(
            deletes: sync.deletes(everything: true), moves: false, stream: stream, matcher: rsync.matcher)
        let (findings, end) = await pool.run { [sync] in
            StreamPass.verify(sync.source, rules, contents: contents, through: connection.channel)
        }
        let process = await connection.life.close()
        if let end { return TargetInspection.DryRun(result: .failed(failure(end, process))) }
        var run = TargetInspection.DryRun(result: findings.failures.isEmpty ? .done : .partial(findings.failures))
        (run.sent, run.sentExamples) = (findings.sent.count, findings.sent.examples)
        (run.deleted, run.deletedExamples) = (findings.deleted.count, findings.deleted.examples)
        (run.altered, run.alteredExamples) = (findings.altered.count, findings.altered.examples)
        return run
    }
}
