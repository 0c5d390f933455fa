package import MirrorCore

/// Something that tells what happens below one source. Its notices come in the order of what they tell; where order
/// or completeness is lost, a notice says so.
package protocol EventSource: Sendable {
    /// Begins to watch; the notice `live` says when the watches stand. Once.
    func start()
    /// Ends it; notices that are on their way may still come.
    func stop()
    /// Calls back, on the source's own thread, when everything that happened before the call has been told; what no
    /// watch covers is told as lost. While the source is not live it does not call back: it does when it is.
    func catchUp(_ done: @escaping @Sendable () -> Void)
    /// How many directories are watched, and the first `limit` of them with the kernel's number of their watch.
    func watchedDirectories(limit: Int) async -> (count: Int, list: [(Int32, RelativePath)])
}

/// The times and bounds of an `InotifySource`. The defaults are right for a program; tests shorten them.
package struct InotifyPace: Sendable {
    /// How long the second half of a rename is waited for.
    package var pairing = Duration.milliseconds(10)
    /// The same while more threads want a processor than there are: the one that renames may be among them.
    package var crowdedPairing = Duration.milliseconds(100)
    /// How often the root's path is looked at, and tried again while it is gone.
    package var rootCheck = Duration.seconds(1)
    /// How often a directory that may not be read is tried again.
    package var unwatchableRetry = Duration.seconds(30)
    /// How often directories beyond the kernel's limit are tried again and told as lost, so that they are compared.
    package var limitRetry = Duration.seconds(60)
    /// How long the tree is walked at a stretch before everything else has its turn.
    package var slice = Duration.milliseconds(5)
    /// More watches than that are not made; nil leaves it to the kernel (fs.inotify.max_user_watches).
    package var watchLimit: Int?

    package init() {}
}
