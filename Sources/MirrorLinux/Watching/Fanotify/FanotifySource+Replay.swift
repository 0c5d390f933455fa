import MirrorCore

// What the kernel's events mean.
extension FanotifySource {
    private typealias Mask = FanotifyEvent.Mask

    /// A name in the source that somebody wants.
    private struct Place {
        let mount: MarkedMount
        let directory: RelativePath
        let path: RelativePath
        let isOwn: Bool
    }

    func replay(_ event: FanotifyEvent) {
        if event.has(Mask.overflow) { return loseTrack() }
        if event.isDirectory { covered.spoil() }
        if event.has(Mask.rename) { return replayRename(event) }
        // Without a name it is about a file that somebody deleted or linked; that is an event of its own.
        guard let name = event.name else { return }
        if name.name == [UInt8(ascii: ".")] { return replayAboutItself(event, name.directory) }
        for place in places(of: name) where !place.isOwn { replay(event, name, place) }
        if event.isDirectory, event.has(Mask.delete), let target = event.target {
            for mount in mounts where mount.fileSystem == target.fileSystem { mount.index.remove(target) }
        }
    }

    /// Once for each place that the directory is mounted at, as far as it lies in the source.
    private func places(of name: FanotifyEvent.Name?) -> [Place] {
        guard let name else { return [] }
        return directories(of: name.directory).map { mount, directory in
            Place(
                mount: mount, directory: directory, path: directory.appending(name.name),
                isOwn: ownFiles.contains(name.name, in: directory))
        }
    }

    /// Without those that no sync wants.
    private func directories(of handle: DirectoryHandle) -> [(MarkedMount, RelativePath)] {
        var found: [(MarkedMount, RelativePath)] = []
        for mount in mounts where mount.fileSystem == handle.fileSystem || mounts.count == 1 {
            let others = mounts.count { $0.fileSystem == mount.fileSystem } > 1
            let looks = DirectoryLooks(
                mount: mount, isExcluded: order.isExcluded,
                // What lies outside of one mount may lie inside of another.
                ignore: { [group] directory in if !others { group.ignore(directory) } })
            switch mount.index.place(of: handle, looks) {
            case .inside(let path, isExcluded: false): found.append((mount, mount.path(of: path)))
            case .inside, .outside, .gone: break
            case .unknown: batch.add(.lost(mount.place, reason: .rewatched))
            }
        }
        return found
    }

    private func replayAboutItself(_ event: FanotifyEvent, _ handle: DirectoryHandle) {
        if event.has(Mask.deleteSelf | Mask.moveSelf) {
            if handle == mounts[0].root { return loseRoot() }
            // The root of a mount can be deleted elsewhere, where it is a part of another one.
            return scheduleMountCheck()
        }
        for (_, path) in directories(of: handle) { batch.add(.touched(path, isDirectory: true)) }
    }

    private func replay(_ event: FanotifyEvent, _ name: FanotifyEvent.Name, _ place: Place) {
        if event.isDirectory {
            if event.has(Mask.create) {
                if let target = event.target, !event.has(Mask.delete) {
                    place.mount.index.insert(target, in: name.directory, named: name.name)
                }
                batch.add(.directoryAppeared(place.path, moved: false))
            } else if !event.has(Mask.delete) {
                batch.add(.touched(place.path, isDirectory: true))
            }
        } else {
            tellFile(event, place.path)
        }
        if event.has(Mask.delete) {
            batch.add(.disappeared(place.path, isDirectory: event.isDirectory))
        }
    }

    private func tellFile(_ event: FanotifyEvent, _ path: RelativePath) {
        switch order.mode {
        case .closeWrite:
            // One event may stand for several; where a close is among them, the file counts as closed.
            if !event.has(Mask.create | Mask.modify), event.has(Mask.closeWrite | Mask.attributes),
                let since = known?.moment(ofSame: path)
            {
                batch.add(.unchanged(path, since: since))
            } else if event.has(Mask.closeWrite) {
                tellTouched(path)
            } else if event.has(Mask.create | Mask.modify) {
                batch.add(.writing(path))
            } else if event.has(Mask.attributes) {
                batch.add(.happened(.attributes, path, isDirectory: false))
            }
        case .modify:
            if event.has(Mask.create | Mask.modify | Mask.attributes) { tellTouched(path) }
        case .closeWriteOrModify:
            if event.has(Mask.create | Mask.modify | Mask.attributes | Mask.closeWrite) { tellTouched(path) }
        }
    }

    private func tellTouched(_ path: RelativePath) { batch.add(.touched(path, isDirectory: false)) }
}

// MARK: Renames

extension FanotifySource {
    private func replayRename(_ event: FanotifyEvent) {
        let isDirectory = event.isDirectory
        if isDirectory, let target = event.target { doubt(target) }
        let from = places(of: event.name)
        let to = places(of: event.newName)
        if let old = from.first, let new = to.first, !old.isOwn, !new.isOwn {
            batch.add(.renamed(from: old.path, to: new.path, isDirectory: isDirectory))
            for place in from.dropFirst() where !place.isOwn { tellGone(place, isDirectory) }
            for place in to.dropFirst() where !place.isOwn { tellArrived(place, isDirectory) }
            // Exclusions go by path, so under its new one other parts of the directory may be wanted.
            if isDirectory, hasExclusions { forgetIgnored() }
        } else {
            for place in from where !place.isOwn { tellGone(place, isDirectory) }
            // Its own directories may have lain outside so far.
            if isDirectory, !to.isEmpty { forgetIgnored() }
            for place in to where !place.isOwn { tellArrived(place, isDirectory) }
        }
        // Mount points move with the directories above them.
        if isDirectory, mounts.count > 1 { scheduleMountCheck() }
    }

    private func doubt(_ target: DirectoryHandle) {
        for mount in mounts where mount.fileSystem == target.fileSystem || mounts.count == 1 {
            mount.index.doubt(target)
        }
    }

    private func tellGone(_ place: Place, _ isDirectory: Bool) {
        batch.add(.disappeared(place.path, isDirectory: isDirectory))
    }

    private func tellArrived(_ place: Place, _ isDirectory: Bool) {
        guard isDirectory else { return batch.add(.fileArrived(place.path)) }
        batch.add(.directoryAppeared(place.path, moved: true))
        if !order.isExcluded(place.path) { arrivals.add(place.path) }
    }

    private var hasExclusions: Bool { mounts.contains { $0.index.hasIgnoredInside } }
}
