import MirrorCore

/// Which files somebody writes, as far as the core has been told: a second opinion on what may not go yet.
struct WrittenFiles {
    struct File {
        var since: Moment
        var newest: Moment
        /// The kernel has told so.
        var isKnown = true
        /// It has been checked that it goes as it is.
        var isOffered = false
    }

    private(set) var open: [RelativePath: File] = [:]
    /// All that was ever told so: whatever comes of them is no surprise.
    private(set) var told: Set<RelativePath> = []
    var askedAt = Moment.zero

    /// True where the notice says no more than that a file is being written, or nothing new about one.
    mutating func noticed(_ notice: Notice, at now: Moment) -> Bool {
        switch notice {
        case .writing(let path):
            told.insert(path)
            open[path] = open[path] ?? File(since: now, newest: now)
            open[path]!.newest = now
            return true
        case .happened(.attributes, let path, isDirectory: false): return open[path].map { !$0.isOffered } ?? false
        case .touched(let path, _), .happened(_, let path, _), .fileArrived(let path), .directoryAppeared(let path, _),
            .directoryFound(let path):
            open[path] = nil
        case .disappeared(let path, _): open = open.filter { !path.contains($0.key) }
        case .renamed(let from, let to, let isDirectory): move(from, to, isDirectory: isDirectory, at: now)
        case .rootGone: open = [:]
        case .unchanged, .lost, .missed, .live, .watchedBy, .uncovered: break
        }
        return false
    }

    private mutating func move(_ from: RelativePath, _ to: RelativePath, isDirectory: Bool, at now: Moment) {
        let moving = open.filter { isDirectory ? $0.key != from && from.contains($0.key) : $0.key == from }
        open = open.filter { moving[$0.key] == nil && $0.key != to }
        for (path, file) in moving {
            told.insert(path.moved(from: from, to: to))
            open[path.moved(from: from, to: to)] = file
            open[path.moved(from: from, to: to)]!.newest = now
        }
    }

    mutating func looked(_ files: [LookedFile]) {
        for file in files where file.look == .ready && (open[file.path].map { $0.newest <= askedAt } ?? false) {
            open[file.path] = nil
        }
    }

    /// An engine has seen it open, a while ago.
    mutating func found(_ paths: [RelativePath], at now: Moment) {
        told.formUnion(paths)
        for path in paths where open[path] == nil { open[path] = File(since: now, newest: now, isKnown: false) }
    }

    mutating func offered(_ path: RelativePath) { open[path]?.isOffered = true }
}

extension Simulation {
    /// Nothing goes by its name while somebody is known to write it, before `openFileInterval` is over.
    func checkUnfinished(_ job: Job) throws(Violation) {
        guard case .changes(let changes) = job.scope, !swarm.leaseless, !swarm.smallLimits else { return }
        for change in changes where !change.mayBeDirectory && writer.openFiles.contains(change.path) {
            guard let file = witness.unfinished.open[change.path], file.isKnown else { continue }
            if let interval = settings.openFileInterval, now >= file.since + interval { continue }
            throw violation("nothing half-written goes", "job \(job.id.number) carries \(change.path), which is open")
        }
    }

    /// What stays open goes as it is, once in so long.
    mutating func checkOpenFiles() throws(Violation) {
        guard let interval = settings.openFileInterval, !swarm.leaseless, !swarm.smallLimits else { return }
        for (path, file) in witness.unfinished.open
        where file.isKnown && !file.isOffered && file.since + interval <= now {
            witness.unfinished.offered(path)
            witness.becameReady(path, at: now)
            let source = mirrors.sources[0]
            if source.unfinished[path]?.isOffered ?? false || source.log.contains(path) { continue }
            throw violation("what stays open goes in time", "\(path) is open since \(file.since)")
        }
    }
}
