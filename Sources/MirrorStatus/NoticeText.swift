package import MirrorCore

extension Shown {
    /// A notice on one line, as `lockstep watch` prints it.
    package static func notice(_ notice: Notice) -> ByteString {
        func line(_ kind: ByteString, _ path: RelativePath, isDirectory: Bool = false) -> ByteString {
            kind + " " + self.path(path, isDirectory: isDirectory)
        }
        switch notice {
        case .touched(let path, let isDirectory): return line("changed", path, isDirectory: isDirectory)
        case .happened(let what, let path, let isDirectory):
            let kind: ByteString =
                switch what {
                case .created: "created"
                case .written: "written"
                case .attributes, .itself: "attributes"
                }
            return line(kind, path, isDirectory: isDirectory)
        case .writing(let path): return line("writing", path)
        case .unchanged(let path, _): return line("unchanged", path)
        case .fileArrived(let path): return line("arrived", path)
        case .directoryAppeared(let path, let moved):
            return line(moved ? "arrived" : "created", path, isDirectory: true)
        case .disappeared(let path, let isDirectory): return line("gone", path, isDirectory: isDirectory)
        case .renamed(let from, let to, let isDirectory):
            return line("renamed", from, isDirectory: isDirectory) + " -> " + self.path(to, isDirectory: isDirectory)
        case .lost(let path, let reason): return line("lost", path, isDirectory: true) + ByteString(": \(text(reason))")
        case .missed(let path, _, let reason):
            return line("missed", path, isDirectory: true) + ByteString(": \(text(reason))")
        case .directoryFound(let path): return line("found", path, isDirectory: true)
        case .rootGone: return "the directory is gone; it is waited for"
        case .live(let directories): return ByteString("live: \(count(directories, "directory", "directories"))")
        case .uncovered(0, _): return "every directory is watched"
        case .uncovered(let number, let reason):
            return ByteString("\(count(number, "directory is", "directories are")) not watched: \(text(reason))")
        case .watchedBy(let means): return self.means(means)
        }
    }

    private static func text(_ reason: LossReason) -> String {
        switch reason {
        case .overflow: "the kernel's queue ran over"
        case .watchLimit(let limit): "beyond the limit of \(limit) watches"
        case .unwatchable(let errno): "it can't be read (errno \(errno))"
        case .rewatched: "another directory stands there"
        }
    }
}
