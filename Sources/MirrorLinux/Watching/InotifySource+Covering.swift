internal import CLinux
import Glibc
import MirrorCore

/// A parent directory, open while several of its children are looked at in one round.
final class OpenParent {
    let node: NodeID
    let descriptor: Descriptor

    init(node: NodeID, _ fd: Int32) {
        self.node = node
        descriptor = Descriptor(fd)
    }
}

// Putting watches on directories, and making sure that the tree means the right ones.
extension InotifySource {
    enum Look {
        /// The name is a directory; its watch.
        case watched(Int32)
        case notDirectory
        /// The parent is not where the tree has it: an event about that is still to come.
        case parentMoved
        case refused(errno: Int32)
    }

    /// An event says that there is a directory now.
    func coverNew(_ place: Place, moved: Bool) {
        guard let path = path(of: place) else { return }
        if isExcluded(path) { return setUncovered(place, .excluded) }
        switch look(place) {
        case .watched(let watch):
            if let node = tree.child(of: place.parent, named: place.name) {
                if tree.watch(of: node) != watch { replace(node, at: place, .announce(moved: moved)) }
            } else {
                walk.enqueue(addNode(place, watch), .announce(moved: moved))
            }
        case .notDirectory, .parentMoved: markUnsure(place)
        case .refused(let errno): refuse(place, path, errno)
        }
    }

    /// Marks a directory that is not watched, and tells it once.
    func refuse(_ place: Place, _ path: RelativePath, _ errno: Int32) {
        let cover: WatchTree.Cover = errno == ENOSPC ? .limited : .unwatchable
        if let node = tree.child(of: place.parent, named: place.name), tree.cover(of: node) == cover { return }
        setUncovered(place, cover)
        if cover == .limited {
            tellLimited(path)
        } else {
            batch.add(.lost(path, reason: .unwatchable(errno: errno)))
        }
    }

    func setUncovered(_ place: Place, _ cover: WatchTree.Cover) {
        if let node = tree.child(of: place.parent, named: place.name) {
            if tree.cover(of: node) == cover { return }
            removeNode(node)
        }
        let node = tree.add(place.name, to: place.parent)
        tree.setCover(node, cover)
        if cover != .excluded { uncovered.append(node) }
    }

    func addNode(_ place: Place, _ watch: Int32) -> NodeID {
        let node = tree.add(place.name, to: place.parent)
        tree.setWatch(node, watch)
        return node
    }

    /// The directory at a place is not the one that the tree has there. Removing that may take away the watch that
    /// was just seen, when it stood for something below; so it is looked at again.
    func replace(_ node: NodeID, at place: Place, _ manner: TreeWalk.Manner) {
        removeNode(node)
        guard case .watched(let watch) = look(place) else { return markUnsure(place) }
        walk.enqueue(addNode(place, watch), manner)
    }

    func removeNode(_ node: NodeID) {
        for watch in tree.removeSubtree(node) { queue?.remove(watch) }
    }

    func markUnsure(_ place: Place) {
        if unsureSet.insert(place).inserted { unsure.append(place) }
    }
}

// MARK: Looking

extension InotifySource {
    func look(_ place: Place) -> Look {
        switch openVerified(place.parent) {
        case .open(let parent): look(place.name, in: parent.descriptor.number)
        case .moved: .parentMoved
        case .refused(let errno): .refused(errno: errno)
        }
    }

    /// Watches the directory of that name, if it is one.
    private func look(_ name: [UInt8], in directory: Int32) -> Look {
        let answer = openChild(name, in: directory, flags: cl_open_path)
        defer { if answer >= 0 { close(answer) } }
        return look(at: answer)
    }

    /// The directory of that name, or -errno. A symbolic link is none.
    func openChild(_ name: [UInt8], in directory: Int32, flags: Int32) -> Int32 {
        ByteString(name).withCPath { cl_open_at(directory, $0, flags | O_DIRECTORY | O_NOFOLLOW, 0) }
    }

    /// Watches what was opened; `answer` may be -errno.
    func look(at answer: Int32) -> Look {
        guard answer >= 0 else {
            return Self.isAbsence(-answer) ? .notDirectory : .refused(errno: -answer)
        }
        let watch = addWatch(answer)
        return watch >= 0 ? .watched(watch) : .refused(errno: -watch)
    }

    /// A directory by its path in the tree, if that path leads to the directory that the node means.
    func openVerified(_ node: NodeID) -> Opened {
        if let openParent, openParent.node == node { return .open(openParent) }
        let watch = tree.watch(of: node)
        guard watch >= 0, let path = tree.path(of: node) else { return .moved }
        let answer = openDirectory(path, flags: cl_open_path)
        guard answer >= 0 else { return Self.isAbsence(-answer) ? .moved : .refused(errno: -answer) }
        let opened = OpenParent(node: node, answer)
        guard isWatch(watch, on: answer) else { return .moved }
        openParent = opened
        return .open(opened)
    }

    enum Opened {
        case open(OpenParent)
        case moved
        case refused(errno: Int32)
    }

    static func isAbsence(_ errno: Int32) -> Bool { [ENOENT, ENOTDIR, ELOOP].contains(errno) }

    func isWatch(_ watch: Int32, on directory: Int32) -> Bool {
        let found = addWatch(directory)
        // A watch that nobody owns was made by asking.
        if found >= 0, found != watch, !tree.isOwned(found) { queue?.remove(found) }
        return found == watch
    }

    /// The watch on an open directory, or -errno.
    func addWatch(_ directory: Int32) -> Int32 {
        guard let queue else { return -EBADF }
        let watch = queue.watch(directory)
        guard let limit = pace.watchLimit, watch >= 0, tree.watchCount >= limit, !tree.isOwned(watch) else {
            return watch
        }
        queue.remove(watch)
        return -ENOSPC
    }

    /// A directory below the root, or -errno.
    func openDirectory(_ path: RelativePath, flags: Int32) -> Int32 {
        DirectoryBelow.open(path, below: root, flags: flags)
    }
}

// MARK: Settling

extension InotifySource {
    /// Looks once more at every directory name that events were about.
    func settleUnsure() {
        guard !unsure.isEmpty else { return }
        let places = unsure
        unsure = []
        unsureSet = []
        var open: [Place] = []
        for place in places where queue != nil && tree.isAlive(place.parent) && !settle(place) { open.append(place) }
        guard !open.isEmpty, let queue else { return }
        for place in open { markUnsure(place) }
        if queue.isEmpty, pairing.isEmpty {
            // No event explains it, so the tree is wrong further up.
            for place in open { doubt(place.parent) }
        }
    }

    private func doubt(_ node: NodeID) {
        guard tree.isAlive(node) else { return }
        guard let (parent, name) = tree.place(of: node) else { return checkRoot() }
        markUnsure(Place(parent: parent, name: name))
    }

    /// False: it can't be said yet.
    private func settle(_ place: Place) -> Bool {
        switch tree.cover(of: place.parent) {
        // What is below an uncovered directory is found when it is covered.
        case .excluded, .limited, .unwatchable: return true
        case .none: return false
        case .watched: break
        }
        guard let path = path(of: place), !ownFiles.contains(place.name, in: path.parent) else { return true }
        if isExcluded(path) {
            settleExcluded(place)
            return true
        }
        switch look(place) {
        case .parentMoved: return false
        case .notDirectory:
            if let node = tree.child(of: place.parent, named: place.name) { removeNode(node) }
        case .refused(let errno): refuse(place, path, errno)
        case .watched(let watch): settle(place, path, watch)
        }
        return true
    }

    /// Only what is a directory stands in the tree.
    private func settleExcluded(_ place: Place) {
        if let node = tree.child(of: place.parent, named: place.name), tree.cover(of: node) != .excluded {
            setUncovered(place, .excluded)
        }
    }

    private func settle(_ place: Place, _ path: RelativePath, _ watch: Int32) {
        let node = tree.child(of: place.parent, named: place.name)
        if let node, tree.watch(of: node) == watch { return }
        if node != nil { batch.add(.lost(path, reason: .rewatched)) }
        batch.add(.directoryAppeared(path, moved: true))
        if let node {
            replace(node, at: place, .announce(moved: true))
        } else {
            walk.enqueue(addNode(place, watch), .announce(moved: true))
        }
    }
}
