package import MirrorCore

/// What stands at a changed path of the source when the job starts. Symbolic links are not followed.
package enum Standing: Sendable, Equatable {
    case absent
    case directory
    /// A file, a symbolic link, a device, a socket or a pipe.
    case other
    /// It could not be looked at.
    case unknown(errno: Int32)
}

/// A change of a job with what was found at its path.
package struct ListedPath: Sendable, Equatable {
    package var change: Change
    package var standing: Standing
    /// The topmost of its parents that is no directory (any more), and what it is. The path itself is gone then.
    package var obstacle: Obstacle?
    /// It may differ from the target's although size and whole seconds are the same.
    package var mayHide = false
    /// It was written, and its time of modification was set afterwards: neither size nor time tell.
    package var isSetBack = false
    /// The sync's rules leave it out as a file and not as a directory, or the reverse. What stands here and what stands
    /// at the target may be of two kinds, so rsync gets the rules and decides.
    package var kindDecides = false

    package struct Obstacle: Sendable, Equatable {
        package var path: RelativePath
        package var standing: Standing

        package init(_ path: RelativePath, _ standing: Standing) {
            self.path = path
            self.standing = standing
        }
    }

    package init(_ change: Change, _ standing: Standing, obstacle: Obstacle? = nil) {
        self.change = change
        self.standing = standing
        self.obstacle = obstacle
    }

    /// The directories that stand in this one, where only the names right in it are in question.
    package var standingBelow: [RelativePath]?

    /// True where everything that the target has below this path is in question: a directory that is to be compared
    /// as a whole, or what may be left of one.
    package var takesAllBelow: Bool {
        switch standing {
        case .directory: change.isSubtree
        case .absent, .other: change.mayBeDirectory
        case .unknown: false
        }
    }
}
