internal import CLinux
import Glibc
import MirrorCore

// The root and what is mounted below it.
extension FanotifySource {
    func begin() {
        guard case .ready = state else { return }
        state = .live
        do throws(SystemCallError) {
            try kernel.watch(group.fd) { self.serveQueue() }
        } catch {
            batch.add(.lost(.root, reason: .unwatchable(errno: error.errno)))
        }
        watchMounts()
        wayToRoot = WayToRoot(to: root, kernel) { [unowned self] in checkRoot() }
        if wayToRoot == nil || mountFile == nil { scheduleRootCheck() }
        batch.add(.live(directories: mounts.count))
        if order.mode == .closeWrite {
            known = KnownFiles(below: root, kernel) { [unowned self] in isQuiet }
            known?.noteTree { !self.order.isExcluded($0) }
        }
        // What happened while it was being set up is read at once.
        serveQueue()
    }

    func end() {
        guard isLive else { return }
        state = .ended
        known?.end()
        covered.end()
        kernel.unwatch(group.fd)
        if let fd = mountFile?.number { kernel.unwatch(fd) }
        mountFile = nil
        wayToRoot?.end()
        wayToRoot = nil
        for timer in [rootTimer, mountTimer] { kernel.cancel(timer) }
        for mount in mounts { mount.close() }
        arrivals = ArrivalWalk()
        _ = batch.take()
    }

    /// The root is not what we watch any more.
    func loseRoot() {
        batch.add(.rootGone)
        deliverBatch()
        end()
    }

    /// A root path that comes to mean another directory is found by looking.
    func checkRoot() {
        if isLive, !mounts[0].isThere { loseRoot() }
    }

    private func scheduleRootCheck() {
        rootTimer = kernel.schedule(after: order.pace.rootCheck) {
            self.checkRoot()
            if self.isLive { self.scheduleRootCheck() }
        }
    }
}

// MARK: Mounts

extension FanotifySource {
    /// The kernel marks /proc/self/mountinfo as urgent when a mount has changed; see proc_pid_mountinfo(5).
    private func watchMounts() {
        let fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else { return }
        mountFile = Descriptor(fd)
        do throws(SystemCallError) {
            try kernel.watch(fd, for: cl_epollpri) { self.scheduleMountCheck() }
        } catch {
            mountFile = nil
        }
        // Between the marks and this moment something may have been mounted.
        scheduleMountCheck()
    }

    /// Mounts come in crowds, and each reading of the table costs its length.
    func scheduleMountCheck() {
        guard mountTimer == nil, isLive else { return }
        mountTimer = kernel.schedule(after: .milliseconds(100)) {
            self.mountTimer = nil
            self.checkMounts()
        }
    }

    private func checkMounts() {
        covered.spoil()
        checkRoot()
        guard isLive else { return }
        guard isMarked(mounts[0]) else { return loseRoot() }
        let now = Self.mounts(below: root)
        let gone = mountEntries.subtracting(now)
        mountEntries = now
        for mount in mounts.dropFirst() where !mount.isThere || !isMarked(mount) { forget(mount) }
        for entry in gone { tellReplaced(entry) }
        for entry in now where !mounts.contains(where: { $0.path == entry.mountPoint }) {
            do throws(SystemCallError) {
                guard let mount = try Self.mark(entry, below: root, group) else { continue }
                mounts.append(mount)
                tellReplaced(entry)
            } catch {
                return abandon(FanotifyObstacle(error, at: entry.mountPoint), entry)
            }
        }
        runRound()
    }

    private func isMarked(_ mount: MarkedMount) -> Bool {
        let directory = mount.open()
        return directory >= 0 && group.hasMark(onFileSystemOf: directory)
    }

    private func forget(_ mount: MarkedMount) {
        mounts.removeAll { $0 === mount }
        batch.add(.lost(mount.place, reason: .rewatched))
    }

    private func tellReplaced(_ entry: MountEntry) {
        guard let place = Self.place(of: entry, below: root), !order.isExcluded(place) else { return }
        batch.add(.lost(place, reason: .rewatched))
        batch.add(.directoryAppeared(place, moved: true))
        arrivals.add(place)
    }

    /// Something has been mounted that can't be marked: another kind of source is chosen, where somebody chooses.
    private func abandon(_ obstacle: FanotifyObstacle, _ entry: MountEntry) {
        deliverBatch()
        guard let chooseAgain = order.chooseAgain else {
            let place = Self.place(of: entry, below: root) ?? .root
            return batch.add(.lost(place, reason: .unwatchable(errno: obstacle.errno)))
        }
        end()
        chooseAgain()
    }

    static func mounts(below root: ByteString) -> Set<MountEntry> {
        MountTable.entries(below: root).filter { !isWithoutFiles($0) }
    }

    /// nil: it is gone again, or hidden by another one.
    static func mark(
        _ entry: MountEntry, below root: ByteString, _ group: FanotifyGroup
    ) throws(SystemCallError) -> MarkedMount? {
        guard let place = place(of: entry, below: root) else { return nil }
        do throws(SystemCallError) {
            return try MarkedMount(place, below: root, group)
        } catch {
            if [ENOENT, ENOTDIR].contains(error.errno) { return nil }
            throw error
        }
    }

    private static func place(of entry: MountEntry, below root: ByteString) -> RelativePath? {
        RelativePath(entry.mountPoint.bytes.dropFirst(root.count))
    }

    /// What the kernel makes up holds nothing that could be mirrored.
    private static func isWithoutFiles(_ entry: MountEntry) -> Bool {
        [
            "proc", "sysfs", "devpts", "cgroup", "cgroup2", "debugfs", "tracefs", "securityfs", "mqueue", "bpf",
            "pstore", "configfs", "fusectl", "autofs", "binfmt_misc", "rpc_pipefs", "nsfs", "efivarfs",
        ].contains(entry.fileSystem)
    }
}
