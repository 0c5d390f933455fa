import Glibc
package import MirrorCore
import MirrorLinux

/// Directories of the source that can't be read just now, and what a job has to do without because of them.
///
/// To rsync such a directory is an empty one; and lsyncd's words hold `--ignore-errors`, so that it would delete at the
/// target what it could not read here. They are left out of the job, as if they were excluded, and stay owed.
package struct ClosedDirectories: Sendable, Equatable {
    package private(set) var paths: Set<RelativePath> = []
    package private(set) var failures: [PathFailure] = []

    package init() {}

    package var isEmpty: Bool { paths.isEmpty }
    package var sorted: [RelativePath] { paths.sorted() }

    mutating func add(_ path: RelativePath, errno: Int32) {
        guard paths.insert(path).inserted else { return }
        failures.append(Self.failure(Change(path, isSubtree: true), path, errno))
    }

    /// A change inside one of them.
    mutating func hold(_ change: Change, inside directory: RelativePath, errno: Int32) {
        paths.insert(directory)
        failures.append(Self.failure(change, directory, errno))
    }

    private static func failure(_ change: Change, _ directory: RelativePath, _ errno: Int32) -> PathFailure {
        let reason = "\(String(cString: strerror(errno))) (\(errno))"
        return PathFailure(
            change, kind: .unreadable, text: "the directory \"\(directory)\" of the source can't be read: \(reason)")
    }
}

extension SourceLook {
    /// Takes out of the paths what lies in directories that can't be read, and finds such directories below those that
    /// are compared as a whole. It blocks, as long as it takes to list the latter.
    package mutating func bar(
        _ paths: inout [ListedPath], leavingOut isExcluded: (RelativePath) -> Bool
    ) -> ClosedDirectories {
        var found = ClosedDirectories()
        var open: [ListedPath] = []
        for listed in paths {
            let path = listed.change.path
            if let parent = path.parent, let (directory, errno) = closedDirectory(above: parent) {
                found.hold(listed.change, inside: directory, errno: errno)
                continue
            }
            if listed.standing == .directory, listed.takesAllBelow {
                if listed.standingBelow == nil {
                    addClosed(at: path, to: &found, leavingOut: isExcluded)
                } else if case let errno = Directory.refusal(of: place(of: path)), errno != 0 {
                    found.add(path, errno: errno)
                }
                if found.paths.contains(path) { continue }
            }
            open.append(listed)
        }
        paths = open
        return found
    }

    package func closedDirectories(leavingOut isExcluded: (RelativePath) -> Bool) -> ClosedDirectories {
        var found = ClosedDirectories()
        addClosed(at: .root, to: &found, leavingOut: isExcluded)
        return found
    }

    private func addClosed(
        at top: RelativePath, to found: inout ClosedDirectories, leavingOut isExcluded: (RelativePath) -> Bool
    ) {
        var left = [top]
        while let path = left.popLast() {
            do throws(SystemCallError) {
                for entry in try Directory.entries(of: place(of: path)) where entry.isDirectory {
                    let below = path.appending(entry.name.bytes)
                    if !isExcluded(below) { left.append(below) }
                }
            } catch {
                // What has gone meanwhile is gone; a path that is too long is too long for rsync too, and told by it.
                guard ![ENOENT, ENOTDIR, ENAMETOOLONG, ELOOP].contains(error.errno) else { continue }
                found.add(path, errno: error.errno)
            }
        }
    }

    /// The topmost directory, at or above this one, that can't be read.
    private mutating func closedDirectory(above path: RelativePath) -> (RelativePath, Int32)? {
        if let known = closed[path] { return known }
        var found = path.parent.flatMap { closedDirectory(above: $0) }
        if found == nil {
            let errno = Directory.refusal(of: place(of: path))
            if errno == EACCES || errno == EIO || errno == EPERM { found = (path, errno) }
        }
        closed[path] = .some(found)
        return found
    }

    func place(of path: RelativePath) -> ByteString {
        path.isRoot ? source + "/" : source + "/" + path.byteString
    }
}
