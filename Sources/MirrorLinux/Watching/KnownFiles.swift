internal import CLinux
import Glibc
import MirrorCore

/// What some files were like at a moment, so that what is done to one of them and changes nothing can be told from a
/// change: a program opens its file for writing and only reads, `chmod -R` sets the modes that are there.
///
/// The files are those that were told lately and, in a small tree, those that it began with. Each is looked at when
/// it has rested: its look counts only if the kernel has nothing to tell at its end, and nothing of the file has
/// changed in the second before. So everything that happened before the look has been told, and an event that comes
/// later is about something that happened later. It is looked at again after that, since a transfer that runs on when
/// the first look is made spoils it; see `Notice.unchanged`.
///
/// Not thread-safe: it lives on the kernel thread.
final class KnownFiles {
    /// After being told, and after each look.
    private static let pauses: [Duration] = [.milliseconds(1500), .seconds(6), .seconds(30)]
    /// More than that at a time is no hand at work, and is not remembered.
    static let mostAtOnce = 64
    private static let most = 1024
    private static let slice = Duration.milliseconds(2)

    private struct Known {
        var likeness: FileLikeness
        var since: Moment
    }

    private struct Look {
        var path: RelativePath
        var due: Moment
        /// Which of the looks at it.
        var round: Int
    }

    private let root: ByteString
    private let kernel: KernelThread
    /// The kernel has nothing to tell.
    private let isQuiet: () -> Bool
    private var known: [RelativePath: Known] = [:]
    /// In the order in which they are due, of each round.
    private var looks: [[Look]] = [[], [], []]
    private var planned: [Set<RelativePath>] = [[], [], []]
    private var timer: TimerID?

    init(below root: ByteString, _ kernel: KernelThread, isQuiet: @escaping () -> Bool) {
        self.root = root
        self.kernel = kernel
        self.isQuiet = isQuiet
    }

    func end() {
        kernel.cancel(timer)
        timer = nil
        known = [:]
        looks = [[], [], []]
        planned = [[], [], []]
    }

    /// When the file was as it is now, if that is known.
    func moment(ofSame path: RelativePath) -> Moment? {
        guard let entry = known[path], FileLikeness(place(of: path)) == entry.likeness else { return nil }
        return entry.since
    }

    /// These are on their way out.
    func note(_ notices: [Notice]) {
        guard notices.count <= Self.mostAtOnce else { return }
        for notice in notices {
            switch notice {
            case .touched(let path, isDirectory: false), .happened(_, let path, isDirectory: false),
                .fileArrived(let path), .writing(let path), .renamed(_, let path, isDirectory: false):
                plan(path, round: 0)
            default: continue
            }
        }
        schedule()
    }

    /// The files that a small tree begins with; of a large one some. `wants` is asked of each directory.
    func noteTree(_ wants: (RelativePath) -> Bool) {
        var directories = [RelativePath.root]
        var count = 0
        while let directory = directories.popLast(), count < Self.most {
            guard wants(directory), let stream = try? DirectoryStream(path: place(of: directory)) else { continue }
            while count < Self.most, let entry = try? stream.next() {
                count += 1
                let path = directory.appending(entry.name.bytes)
                if entry.isDirectory { directories.append(path) } else { plan(path, round: 0) }
            }
        }
        schedule()
    }

    private func place(of path: RelativePath) -> ByteString { path.isRoot ? root : root + "/" + path.byteString }
}

// MARK: Looking

extension KnownFiles {
    private func plan(_ path: RelativePath, round: Int) {
        guard round < looks.count, looks[round].count < Self.most, planned[round].insert(path).inserted else { return }
        looks[round].append(Look(path: path, due: Clock.now() + Self.pauses[round], round: round))
    }

    private func schedule() {
        guard timer == nil, let next = looks.compactMap({ $0.first?.due }).min() else { return }
        timer = kernel.schedule(after: max(next - Clock.now(), .milliseconds(1))) {
            self.timer = nil
            self.lookAtDue()
            self.schedule()
        }
    }

    private func lookAtDue() {
        let begin = Clock.now()
        var seen: [(Look, FileLikeness)] = []
        for round in looks.indices {
            var taken = 0
            for look in looks[round] where look.due <= begin && Clock.now() - begin < Self.slice {
                taken += 1
                planned[round].remove(look.path)
                if let likeness = FileLikeness(place(of: look.path), rested: true) {
                    seen.append((look, likeness))
                } else {
                    known[look.path] = nil
                    // It may not have rested long enough.
                    let isThere = (try? FileFacts.at(place(of: look.path))) != nil
                    if round == 0, isThere { plan(look.path, round: 1) }
                }
            }
            looks[round].removeFirst(taken)
        }
        let isQuiet = isQuiet()
        for (look, likeness) in seen {
            if isQuiet { keep(look.path, Known(likeness: likeness, since: begin)) }
            plan(look.path, round: look.round + 1)
        }
    }

    private func keep(_ path: RelativePath, _ entry: Known) {
        if known.count >= Self.most, known[path] == nil, let any = known.keys.randomElement() { known[any] = nil }
        known[path] = entry
    }
}
