/// What an event source says about one path, or about itself. It never promises what the path is by now.
package enum Notice: Sendable, Equatable {
    /// Something about this name may have changed: it appeared, was written, changed its attributes, or is gone.
    case touched(RelativePath, isDirectory: Bool)
    /// A file of this name is new, or was written, and somebody may have it open still: it is not ready. If a close
    /// comes, it is told as `touched`. Whoever can't tell says `touched`.
    case writing(RelativePath)
    /// Something was done to this file which left it as it was at that moment: opened for writing and closed, or given
    /// the attributes that it had. What it was in between, nobody knows.
    case unchanged(RelativePath, since: Moment)
    /// As `touched`, where it is known what happened; told only where somebody asks for that. Made and not yet closed
    /// is as `writing`; attributes alone say nothing of whether a file is ready, and are told so in any case.
    case happened(Happening, RelativePath, isDirectory: Bool)
    /// A file came to this name by a rename whose other end is not known; its time of modification may be any.
    case fileArrived(RelativePath)
    /// A directory is new here. `moved`: it came by a rename, so what it holds was not noticed one by one.
    /// Its entries follow as notices of their own.
    case directoryAppeared(RelativePath, moved: Bool)
    /// A name is gone, by deletion or by a rename to somewhere else.
    case disappeared(RelativePath, isDirectory: Bool)
    /// One rename inside the source. Both ends are changes; `from` is a hint for engines that can move.
    case renamed(from: RelativePath, to: RelativePath, isDirectory: Bool)
    /// Track was lost below this directory (overflow, a directory that could not be watched): compare it all.
    case lost(RelativePath, reason: LossReason)
    /// Events were lost below this directory after that moment, and none before. Directories that came to a name
    /// meanwhile are told by `directoryFound`, now or soon.
    case missed(RelativePath, since: TrackedMoment, reason: LossReason)
    /// A directory stands here of which nothing was known, found by looking: it may hold anything, and another one may
    /// have stood here before.
    case directoryFound(RelativePath)
    /// The root itself was deleted, renamed, unmounted or replaced.
    case rootGone
    /// The watches stand; from here on nothing below the root is missed. `directories` counts them.
    case live(directories: Int)
    /// So many directories are not watched, and are compared again and again instead; none where all are. Told when it
    /// becomes so, and again when the number is another one.
    case uncovered(Int, reason: LossReason)
    /// What watches from here on. Told before `live`, and again when it becomes something else.
    case watchedBy(WatchMeans)
}

package enum Happening: Sendable, Equatable {
    case created
    case written
    case attributes
    /// The attributes of a directory, as the directory itself tells it; its parent tells the same.
    case itself
}

package enum LossReason: Sendable, Equatable {
    /// EMFILE of inotify_init1(2): the user has as many instances as the kernel allows.
    package static let tooManyInstances: Int32 = 24

    case overflow
    case watchLimit(limit: Int)
    /// errno of the call that failed.
    case unwatchable(errno: Int32)
    case rewatched
}
