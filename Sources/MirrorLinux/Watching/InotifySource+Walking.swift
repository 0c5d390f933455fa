internal import CLinux
import Glibc
import MirrorCore

// Listing directories, a slice at a time.
extension InotifySource {
    func walkSlice() {
        let end = Clock.now() + pace.slice
        walk.resumeDeferred()
        while queue != nil, let listing = walk.listing ?? beginNext() {
            if !list(listing, entries: 32) { walk.end(listing) }
            if Clock.now() >= end { return }
        }
    }

    private func beginNext() -> TreeWalk.Listing? {
        guard let listing = openNext() else { return nil }
        walk.begin(listing)
        return listing
    }

    private func openNext() -> TreeWalk.Listing? {
        while let item = walk.next() {
            guard tree.isAlive(item.node), let path = tree.path(of: item.node) else { continue }
            // It has lost its watch since; `settleUnsure` sees to it.
            guard tree.watch(of: item.node) >= 0 else { continue }
            if let listing = open(item, path) { return listing }
        }
        return nil
    }

    /// The path may lead elsewhere by now: then events will say where, and the item waits.
    private func open(_ item: TreeWalk.Item, _ path: RelativePath) -> TreeWalk.Listing? {
        let answer = openDirectory(path, flags: O_RDONLY)
        guard answer >= 0 else {
            putOff(item, path, -answer)
            return nil
        }
        guard isWatch(tree.watch(of: item.node), on: answer) else {
            close(answer)
            putOff(item, path, ENOENT)
            return nil
        }
        do throws(SystemCallError) {
            return TreeWalk.Listing(item, try DirectoryStream(taking: answer, path: path.byteString))
        } catch {
            putOff(item, path, error.errno)
            return nil
        }
    }

    private func putOff(_ item: TreeWalk.Item, _ path: RelativePath, _ errno: Int32) {
        guard let (parent, name) = tree.place(of: item.node) else { return checkRoot() }
        let place = Place(parent: parent, name: name)
        if Self.isAbsence(errno) {
            walk.putOff(item)
            markUnsure(place)
        } else {
            refuse(place, path, errno)
        }
    }

    /// False: it is done, or its directory is not in the tree any more.
    private func list(_ listing: TreeWalk.Listing, entries: Int) -> Bool {
        let node = listing.item.node
        guard tree.isAlive(node), tree.watch(of: node) >= 0, let path = tree.path(of: node) else { return false }
        for _ in 0..<entries {
            do throws(SystemCallError) {
                guard let entry = try listing.stream.next() else {
                    finish(listing)
                    return false
                }
                visit(entry, path, listing)
            } catch {
                // What could not be read could not be compared either.
                batch.add(.lost(path, reason: .unwatchable(errno: error.errno)))
                return false
            }
            guard queue != nil else { return false }
            // A directory was found in it that comes first.
            guard walk.listing === listing else { return true }
        }
        return true
    }

    private func visit(_ entry: Directory.Entry, _ directory: RelativePath, _ listing: TreeWalk.Listing) {
        let name = entry.name.bytes
        guard !ownFiles.contains(name, in: directory) else { return }
        let path = directory.appending(name)
        guard entry.isDirectory else {
            if case .announce(let moved) = listing.item.manner {
                batch.add(moved ? .fileArrived(path) : noticeOfFound(path))
            }
            return
        }
        let place = Place(parent: listing.item.node, name: name)
        if isExcluded(path) {
            setUncovered(place, .excluded)
            if case .announce = listing.item.manner { batch.add(.touched(path, isDirectory: true)) }
        } else {
            visitDirectory(place, path, listing)
        }
        if listing.item.manner == .verify, let child = tree.child(of: place.parent, named: name) {
            listing.seen.insert(child)
        }
    }

    /// A file in a new directory, which may have been made a moment ago and be open.
    private func noticeOfFound(_ path: RelativePath) -> Notice {
        guard mode == .closeWrite else { return .touched(path, isDirectory: false) }
        return tellsHappenings ? .happened(.created, path, isDirectory: false) : .writing(path)
    }

    private func visitDirectory(_ place: Place, _ path: RelativePath, _ listing: TreeWalk.Listing) {
        let manner = listing.item.manner
        if case .announce(let moved) = manner { batch.add(.directoryAppeared(path, moved: moved)) }
        let answer = openChild(place.name, in: listing.stream.fd, flags: O_RDONLY)
        let looked = look(at: answer)
        guard case .watched(let watch) = looked else {
            if answer >= 0 { close(answer) }
            // What has gone since, and a parent that has moved, have their events in the queue.
            if case .refused(let errno) = looked { refuse(place, path, errno) }
            return
        }
        if let node = tree.child(of: place.parent, named: place.name), tree.watch(of: node) == watch {
            close(answer)
            if manner == .verify { walk.enqueue(node, .verify) }
        } else {
            addFound(place, path, watch, manner, answer)
        }
    }

    /// `answer`: the directory that the watch is on, open; it is taken over.
    private func addFound(
        _ place: Place, _ path: RelativePath, _ watch: Int32, _ manner: TreeWalk.Manner, _ answer: Int32
    ) {
        var manner = manner
        if manner == .verify {
            batch.add(tellsHappenings ? .directoryAppeared(path, moved: true) : .directoryFound(path))
            manner = .announce(moved: true)
        }
        if let node = tree.child(of: place.parent, named: place.name) {
            close(answer)
            return replace(node, at: place, manner)
        }
        let node = addNode(place, watch)
        let item = TreeWalk.Item(node: node, manner: manner)
        guard walk.hasRoom else {
            close(answer)
            return walk.enqueue(node, manner)
        }
        if let stream = try? DirectoryStream(taking: answer, path: path.byteString) {
            walk.begin(TreeWalk.Listing(item, stream))
        } else {
            walk.enqueue(node, manner)
        }
    }

    private func finish(_ listing: TreeWalk.Listing) {
        guard listing.item.manner == .verify else { return }
        for child in tree.children(of: listing.item.node) where !listing.seen.contains(child) {
            if let (parent, name) = tree.place(of: child) { markUnsure(Place(parent: parent, name: name)) }
        }
    }
}
