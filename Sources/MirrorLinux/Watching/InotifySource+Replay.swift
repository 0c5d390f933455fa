internal import CLinux
import Glibc
import MirrorCore

// What the kernel's events mean, in their order.
extension InotifySource {
    func replay(_ event: RawEvent) {
        if event.has(IN_Q_OVERFLOW) { return noticeOverflow() }
        let era = era
        if way.contains(event.watch) { noticeWay(event) }
        // The root was another one by then: what else the event says is about a tree that is forgotten.
        guard era == self.era else { return }
        if event.has(IN_IGNORED) { return noticeLostWatch(event.watch) }
        for node in tree.nodes(owning: event.watch) where queue != nil && tree.isAlive(node) {
            if event.name.isEmpty {
                replayAboutItself(event, node)
            } else {
                replayAboutName(event, Place(parent: node, name: event.name))
            }
        }
    }

    func replayRename(from: RawEvent, to: RawEvent) {
        let sources = tree.nodes(owning: from.watch).map { Place(parent: $0, name: from.name) }
        let targets = tree.nodes(owning: to.watch).map { Place(parent: $0, name: to.name) }
        guard let old = sources.first, let new = targets.first, let oldPath = path(of: old),
            let newPath = path(of: new), !isOwn(old), !isOwn(new)
        else {
            // One of the directories is not known any more, or one of the names is our own.
            replay(from)
            return replay(to)
        }
        batch.add(.renamed(from: oldPath, to: newPath, isDirectory: from.isDirectory))
        if from.isDirectory { moveDirectory(from: old, to: new, newPath) }
        // The same directories at other places: mounted there too, or found there ahead of the events.
        for place in sources.dropFirst() { replayAboutName(from, place) }
        for place in targets.dropFirst() { replayAboutName(to, place) }
    }

    func removeParked() {
        for entry in parked where tree.isAlive(entry.node) { removeNode(entry.node) }
        parked = []
    }

    func path(of place: Place) -> RelativePath? {
        guard tree.isAlive(place.parent) else { return nil }
        return tree.path(of: place.parent)?.appending(place.name)
    }

    private func isOwn(_ place: Place) -> Bool {
        ownFiles.contains(place.name, in: tree.path(of: place.parent))
    }
}

// MARK: One event

extension InotifySource {
    private func replayAboutItself(_ event: RawEvent, _ node: NodeID) {
        if node == tree.root, event.has(IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT) { return loseRoot() }
        guard event.has(IN_ATTRIB | IN_MODIFY), let path = tree.path(of: node) else { return }
        batch.add(tellsHappenings ? .happened(.itself, path, isDirectory: true) : .touched(path, isDirectory: true))
    }

    private func replayAboutName(_ event: RawEvent, _ place: Place) {
        guard let path = path(of: place), !isOwn(place) else { return }
        let isDirectory = event.isDirectory
        if event.has(IN_DELETE | IN_MOVED_FROM) {
            batch.add(.disappeared(path, isDirectory: isDirectory))
            guard isDirectory else { return }
            markUnsure(place)
            if let node = tree.child(of: place.parent, named: place.name) { removeNode(node) }
        } else if isDirectory, event.has(IN_CREATE | IN_MOVED_TO) {
            let isMoved = event.has(IN_MOVED_TO) || isOld(path)
            batch.add(.directoryAppeared(path, moved: isMoved))
            coverNew(place, moved: isMoved)
        } else if event.has(IN_MOVED_TO) {
            batch.add(.fileArrived(path))
        } else if let since = unchanged(event, path) {
            batch.add(.unchanged(path, since: since))
        } else {
            batch.add(notice(of: event, path))
            // It may have become readable.
            if isDirectory, let node = tree.child(of: place.parent, named: place.name),
                tree.cover(of: node) == .unwatchable
            {
                markUnsure(place)
            }
        }
    }

    /// What is made or modified will be closed, where it is a file; whoever gets the notices finds out whether it is.
    private func notice(of event: RawEvent, _ path: RelativePath) -> Notice {
        let isFile = !event.isDirectory
        let waitsForClose = isFile && mode == .closeWrite && !event.has(IN_CLOSE_WRITE)
        if waitsForClose, event.has(IN_MODIFY) || (event.has(IN_CREATE) && !tellsHappenings) { return .writing(path) }
        guard tellsHappenings || (waitsForClose && event.has(IN_ATTRIB)) else {
            return .touched(path, isDirectory: !isFile)
        }
        return .happened(event.happening, path, isDirectory: !isFile)
    }

    /// When the file was last seen as it is now.
    private func unchanged(_ event: RawEvent, _ path: RelativePath) -> Moment? {
        guard let known, !event.isDirectory, event.has(IN_CLOSE_WRITE | IN_ATTRIB) else { return nil }
        return known.moment(ofSame: path)
    }

    /// A directory that was made seconds ago: its event is read late, because this program was held up. Who compared
    /// the tree meanwhile may have seen what was in it and is no more, so it is told like one that came with content.
    private func isOld(_ path: RelativePath) -> Bool {
        var born: Int64 = 0
        let answer = (root + "/" + path.byteString).withCPath { cl_born_at($0, &born) }
        return answer == 0 && WallClock.now().seconds - born > 1
    }

    /// Events are missing: directories may have come and gone unseen.
    private func noticeOverflow() {
        if !tellsHappenings, let since = track.lossSince {
            batch.add(.missed(.root, since: since, reason: .overflow))
        } else {
            batch.add(.lost(.root, reason: .overflow))
        }
        verifyAll()
    }

    func verifyAll() {
        walk.dropVerification()
        walk.enqueue(tree.root, .verify)
    }

    /// The directory was deleted or unmounted, or we took the watch away (then nobody owns it).
    private func noticeLostWatch(_ watch: Int32) {
        for node in tree.nodes(owning: watch) {
            _ = tree.clearWatch(node)
            guard let (parent, name) = tree.place(of: node) else { return loseRoot() }
            markUnsure(Place(parent: parent, name: name))
        }
    }
}

// MARK: A directory is renamed

extension InotifySource {
    private func moveDirectory(from old: Place, to new: Place, _ newPath: RelativePath) {
        markUnsure(old)
        markUnsure(new)
        let node = takeParked(old, vacated: new) ?? tree.child(of: old.parent, named: old.name)
        let inTheWay = tree.child(of: new.parent, named: new.name)
        if let inTheWay, inTheWay != node {
            // An empty directory that was replaced, or the other half of an exchange, which follows at once.
            tree.unlink(inTheWay)
            parked.append(Parked(node: inTheWay, place: new, vacated: old))
        }
        guard let node else {
            batch.add(.directoryAppeared(newPath, moved: true))
            return coverNew(new, moved: true)
        }
        guard !tree.isNode(new.parent, inside: node) else {
            // The tree is ahead of the events here, and can't be told what they say.
            removeNode(node)
            batch.add(.lost(.root, reason: .rewatched))
            return verifyAll()
        }
        tree.unlink(node)
        tree.link(node, to: new.parent, as: new.name)
        applyExclusions(node, new, newPath)
    }

    private func takeParked(_ place: Place, vacated: Place) -> NodeID? {
        guard
            let index = parked.firstIndex(where: {
                $0.place == place && $0.vacated == vacated && tree.isAlive($0.node) && tree.path(of: $0.node) != nil
            })
        else { return nil }
        return parked.remove(at: index).node
    }

    /// Exclusions go by path, so under its new one other parts of the directory may be wanted.
    private func applyExclusions(_ node: NodeID, _ place: Place, _ path: RelativePath) {
        if isExcluded(path) {
            removeNode(node)
            return coverNew(place, moved: true)
        }
        if tree.cover(of: node) == .excluded {
            removeNode(node)
            batch.add(.directoryAppeared(path, moved: true))
            return coverNew(place, moved: true)
        }
        guard tree.excludedCount > 0 else { return }
        for inner in tree.subtree(of: node) where tree.cover(of: inner) == .excluded {
            if let (parent, name) = tree.place(of: inner) { markUnsure(Place(parent: parent, name: name)) }
        }
    }
}
