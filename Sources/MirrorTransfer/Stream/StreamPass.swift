import DequeModule
import Glibc
import MirrorCore
import MirrorLinux
import MirrorReceiver
import MirrorWire

/// What an order was given for; decides what its answer leads to.
enum Errand: Sendable {
    /// Content or a name of this path.
    case bring(RelativePath)
    case attributes(RelativePath)
    case directory(RelativePath)
    /// So many names at most.
    case remove(RelativePath, names: Int = 1)
    /// What lies in a directory that is to go.
    case count(RelativePath)
    case move(RelativePath)
    /// What the target has there, before a large file is sent.
    case look(RelativePath)
    /// Which parts of it the target has.
    case hashes(RelativePath, Order.BlockRule)
    case list(RelativePath)
    case survey(RelativePath)
    /// A list that somebody waits for.
    case asked
    case store

    var path: RelativePath? {
        switch self {
        case .bring(let path), .attributes(let path), .directory(let path), .remove(let path, _), .move(let path),
            .count(let path), .look(let path), .hashes(let path, _), .list(let path), .survey(let path):
            path
        case .asked, .store: nil
        }
    }
}

/// One job through one channel. It looks at the source when it works and trusts no hint; what it sends is in flight
/// while it goes on, and answers lead to more work until nothing is left.
///
/// It blocks; it belongs on a thread of its own.
struct StreamPass {
    struct Rules: Sendable {
        var deletes: Bool
        /// A person has accepted whatever goes.
        var mayDeleteMany = false
        /// A rename may take a name away at the target.
        var moves: Bool
        /// Seconds in which a second write may hide behind an equal size and time.
        var hiding: ClosedRange<Int64>?
        /// Files written since then are not taken for equal by their size and time alone; nil where that is no matter.
        var doubtedSince: Int64?
        var written: WrittenFiles?
        /// Large files that the target has in part are compared by blocks; else they are sent whole.
        var comparesBlocks = true
        var stream: StreamSettings
        var matcher: PathMatcher
    }

    struct Result: Sendable {
        var failures: [PathFailure] = []
        var deletions = 0
        var end: ChannelEnd?
        /// Directories in which a broken run may have left temporary files.
        var suspects: Set<RelativePath> = []
        var links = LinkedNames()
        var fuse = DeletionFuse()
        /// Files that were left alone because somebody writes them, beyond those that were known.
        var unfinished: [RelativePath] = []
        /// Files of the job that have other names too.
        var linked: [LinkedFile] = []
    }

    /// What outlives a job.
    struct Memory: Sendable {
        var suspects: Set<RelativePath> = []
        var links = LinkedNames()
        var fuse = DeletionFuse()
    }

    /// What others have to say in a pass.
    struct Control: Sendable {
        var isStopped: @Sendable () -> Bool
        var look: LastLook?
        var shared: SharedSource
    }

    enum Work {
        case bring(Change)
        /// A file that the target does not have, or not as it is.
        case send(RelativePath, TheirBlocks?)
        case merge(RelativePath, [ListedEntry])
        case clear(RelativePath)
        /// Whether anything at all differs in a directory.
        case survey(RelativePath)
    }

    /// Lists that are on their way at once.
    static let mostLists = 32
    /// Files up to this size are sent without a question.
    static let smallFile = 64 << 10

    let source: BeneathTree
    let rules: Rules
    let isStopped: @Sendable () -> Bool
    /// Before anything is deleted; nil where somebody has looked for the whole job.
    let look: LastLook?
    var lastLook: Moment?
    let shared: SharedSource
    /// When the job was made.
    let made: Moment
    /// What others may have seen of the path that was looked at last.
    var lastShared: (path: RelativePath, file: SharedFile)?
    /// And of large files, until the target has said what it has of them.
    var awaited: [RelativePath: SharedFile] = [:]
    var channel: StreamChannel
    var result = Result()
    /// The last is done first.
    var work: Deque<Work> = []
    /// Directories to list, the last first.
    var unlisted: [RelativePath] = []
    var lists = 0
    /// Of directories of the source, as far as surveys went.
    var digests: [RelativePath: TreeDigest] = [:]
    /// Directories whose attributes come last, since every change below alters their time.
    var unsettled: Set<RelativePath> = []
    /// Renames that were repeated at the target, and all that were to be.
    var moved: Set<RelativePath> = []
    var destinations: Set<RelativePath> = []
    /// Files of which size and time say nothing.
    var doubted: Set<RelativePath> = []
    /// What has had its second try.
    var retried: Set<RelativePath> = []
    var failed: Set<RelativePath> = []
    var links: LinkedNames
    /// Names that go when everything else has come, and it is known how many they are.
    var doomed: [Doomed] = []
    /// Names that become links when everything else has come.
    var unlinked: [RelativePath] = []
    var fuse: DeletionFuse
    /// Names that may go by orders on their way.
    var planned = 0
    let sourceDevice: UInt64

    static func run(
        _ job: Job, of source: ByteString, _ rules: Rules, _ memory: Memory, through channel: StreamChannel,
        _ control: Control
    ) -> (Result, StreamChannel) {
        let suspects = memory.suspects
        guard let tree = try? BeneathTree(source), let root = try? tree.found(.root) else {
            let failure = PathFailure(
                Change(.root, isSubtree: true), kind: .unreadable, text: "the source can't be opened")
            let result = Result(
                failures: [failure], suspects: suspects, links: memory.links, fuse: memory.fuse)
            return (result, channel)
        }
        var pass = StreamPass(
            source: tree, rules: rules, isStopped: control.isStopped, look: control.look, shared: control.shared,
            made: job.made, channel: channel, links: memory.links, fuse: memory.fuse, sourceDevice: root.device)
        pass.links.beginJob()
        pass.channel.hasAnswered = false
        do throws(ChannelEnd) {
            for directory in suspects.sorted() { try pass.sweep(directory) }
            try pass.perform(job)
        } catch {
            pass.result.end = error
            pass.result.suspects = suspects.union(pass.unanswered)
        }
        pass.result.links = pass.links
        pass.result.fuse = pass.fuse
        return (pass.result, pass.channel)
    }

    /// Where a temporary file may be left: the directories of what was not answered.
    private var unanswered: Set<RelativePath> {
        Set(channel.pending.compactMap { $0.errand.path?.parent })
    }

    private mutating func perform(_ job: Job) throws(ChannelEnd) {
        switch job.scope {
        case .everything:
            unsettled.insert(.root)
            compareTree(.root)
            try finish()
        case .changes(let changes):
            for change in changes where change.movedFrom != nil { try move(change) }
            // What was not moved there is not trusted for its time.
            while !channel.pending.isEmpty {
                try channel.wait(isStopped)
                try drain()
            }
            for change in changes {
                try bring(change)
                try drain()
            }
            try finish()
        }
        guard rules.stream.storesFirst else { return }
        try send(.store) { .store($0) }
        try finish()
    }

    /// Until nothing is left to do and nothing on its way.
    private mutating func finish() throws(ChannelEnd) {
        while true {
            try drain()
            while lists < Self.mostLists, let path = unlisted.popLast() { try list(path) }
            if let next = work.popLast() {
                try perform(next)
            } else if unlisted.isEmpty, lists == 0, !unlinked.isEmpty, channel.pending.isEmpty {
                try link()
            } else if unlisted.isEmpty, lists == 0, unlinked.isEmpty, !doomed.isEmpty {
                try removeDoomed()
            } else if unlisted.isEmpty, lists == 0, unlinked.isEmpty, !unsettled.isEmpty {
                try settle()
            } else if !channel.pending.isEmpty {
                try channel.wait(isStopped)
            } else if channel.heard.isEmpty {
                return
            }
        }
    }

    private mutating func perform(_ next: Work) throws(ChannelEnd) {
        switch next {
        case .bring(let change): try bring(change)
        case .send(let path, let blocks): try sendFile(path, blocks)
        case .merge(let path, let entries): try merge(path, entries)
        case .survey(let path): try survey(path)
        case .clear(let path):
            try makeWay(path)
            try bring(Change(path))
        }
    }

    mutating func send(_ errand: Errand, _ make: (UInt32) -> Order) throws(ChannelEnd) {
        try channel.send(errand, isStopped, make)
    }

    /// What lies deeper first. A directory that is gone meanwhile has a notice of its own.
    private mutating func settle() throws(ChannelEnd) {
        let directories = unsettled.sorted(by: >)
        unsettled = []
        for path in directories {
            guard let (_, metadata) = read(path), metadata.kind == .directory else { continue }
            try send(.attributes(path)) { .attributes($0, path, metadata) }
        }
    }

    /// What was believed of the source when the job came may be a moment old.
    mutating func lookBeforeDeleting() throws(ChannelEnd) {
        guard let look else { return }
        let now = Clock.now()
        if let lastLook, now - lastLook < .seconds(1) { return }
        if let suspicion = look() { throw .suspect(suspicion) }
        lastLook = now
    }

    mutating func note(changeOf path: RelativePath) {
        if let parent = path.parent { unsettled.insert(parent) }
    }
}

// MARK: Answers

extension StreamPass {
    mutating func drain() throws(ChannelEnd) {
        while let (errand, answer) = channel.nextHeard() { try take(answer, errand) }
    }

    mutating func take(_ answer: Answer, _ errand: Errand) throws(ChannelEnd) {
        switch answer {
        case .done(_, let effects): done(effects, errand)
        case .failed(_, let errno): try failed(Int32(bitPattern: errno), errand)
        case .entries(_, let entries, _):
            guard case .list(let path) = errand else { return }
            lists -= 1
            work.append(.merge(path, entries))
        case .found(_, let entry):
            guard case .look(let path) = errand else { return }
            try decide(path, entry)
        case .blocks(_, let size, let hashes, _):
            guard case .hashes(let path, let rule) = errand else { return }
            work.append(.send(path, TheirBlocks(rule: rule, size: size, hashes: hashes)))
        case .counted(_, let count):
            guard case .count(let path) = errand else { return }
            doomed.append(.tree(path, names: Int(count)))
        case .surveyed(_, let digest):
            guard case .survey(let path) = errand else { return }
            lists -= 1
            if digest == nil || digest != digests[path] { unlisted.append(path) }
        case .hello, .pong, .alive, .refused: return
        }
    }

    private mutating func done(_ effects: Answer.Effects, _ errand: Errand) {
        result.deletions += Int(effects.removed)
        fuse.noteNew((effects.isNew ? 1 : 0) + (effects.madeParents ? 1 : 0))
        if case .remove(_, let names) = errand {
            planned -= names
            fuse.noteGone(Int(effects.removed), at: Clock.now())
        }
        guard let path = errand.path else { return }
        if case .move = errand { moved.insert(path) }
        if effects.madeParents {
            var above = path.parent
            while let directory = above {
                unsettled.insert(directory)
                above = directory.parent
            }
        }
        if case .directory(let path) = errand, !effects.wasThere { note(changeOf: path) }
    }

    private mutating func failed(_ errno: Int32, _ errand: Errand) throws(ChannelEnd) {
        if case .remove(_, let names) = errand { planned -= names }
        switch errand {
        case .move: return
        case .store: return fail(.root, errno, "stored")
        case .asked: return
        // What stands in it was left out, or came meanwhile; or what stands there is of a kind that is left out.
        case .remove where errno == ENOTEMPTY && !rules.matcher.isEmpty: return
        case .remove(let path, _) where errno == ENOTEMPTY && !retried.contains(path):
            retried.insert(path)
            try send(.count(path)) { .count($0, path, atMost: DeletionFuse.mostCounted) }
        // It is gone, or can't be looked through; then removing it says so.
        case .count(let path): doomed.append(.tree(path, names: 1))
        case .remove where errno == EISDIR || errno == ENOTDIR: return
        case .survey: lists -= 1
        // It can't be read there, or is another file by now.
        case .hashes(let path, _): work.append(.send(path, nil))
        case .list(let path):
            lists -= 1
            // It is not there as a directory (any more): made anew, with all that is in it.
            if [ENOENT, ENOTDIR, ELOOP].contains(errno) {
                try makeDirectory(path)
                return work.append(.merge(path, []))
            }
            fail(path, errno, "listed", isSubtree: true)
        case .bring(let path), .attributes(let path), .directory(let path), .remove(let path, _),
            .look(let path):
            guard retried.insert(path).inserted else { return fail(path, errno, "brought") }
            switch errno {
            case ENOENT, ENOTDIR, ELOOP, ESTALE:
                try makeAncestors(of: path)
                work.append(.bring(Change(path)))
            case ENOTEMPTY where rules.deletes: work.append(.clear(path))
            default: fail(path, errno, "brought")
            }
        }
    }

    /// What stands in the way of the path gives way to directories.
    private mutating func makeAncestors(of path: RelativePath) throws(ChannelEnd) {
        var directory = RelativePath.root
        for name in (path.parent ?? .root).bytes.split(separator: UInt8(ascii: "/")) {
            directory = directory.appending(name)
            guard let found = (try? source.found(directory)) ?? nil, found.metadata.kind == .directory else { return }
            try makeDirectory(directory)
        }
    }

    mutating func fail(_ path: RelativePath, _ errno: Int32, _ deed: String, isSubtree: Bool = false) {
        guard failed.insert(path).inserted else { return }
        let kind: PathFailure.Kind = errno == ENOSPC || errno == EDQUOT ? .noSpace : .other
        let reason = errno == ENOTEMPTY ? "a directory that is not empty stands there" : SystemText.of(errno)
        result.failures.append(
            PathFailure(
                Change(path, isSubtree: isSubtree), kind: kind,
                text: "\"\(path.byteString)\" could not be \(deed) at the target: \(reason) (\(errno))"))
    }

    mutating func unreadable(_ path: RelativePath, _ errno: Int32, isSubtree: Bool = false) {
        guard failed.insert(path).inserted else { return }
        result.failures.append(
            PathFailure(
                Change(path, isSubtree: isSubtree), kind: .unreadable,
                text: "\"\(path.byteString)\" of the source can't be read: \(SystemText.of(errno)) (\(errno))"))
    }
}
