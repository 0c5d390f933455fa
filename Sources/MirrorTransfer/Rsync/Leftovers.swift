package import MirrorCore

/// Directories in which a run that broke may have left a temporary file at the target, named `.NAME.XXXXXX`.
///
/// rsync removes it when it ends by itself; killed, or on a machine that lost its power, it can't. The retry writes
/// another one, so the first would stay until everything is compared, and be served meanwhile.
package struct Leftovers: Sendable, Equatable {
    package private(set) var directories: Set<RelativePath> = []
    /// There are more than are named.
    private var areMore = false

    /// A list of more directories than that is no cheaper than comparing everything.
    package static let limit = 1000

    package init() {}

    /// What a job may leave that has broken. What was compared as a whole is compared as a whole again.
    package mutating func note(_ job: Job) {
        guard case .changes(let changes) = job.scope, !job.isRehearsal else { return }
        for parent in changes.lazy.compactMap(\.path.parent) {
            guard directories.count < Self.limit || directories.contains(parent) else {
                areMore = true
                return
            }
            directories.insert(parent)
        }
    }

    /// A job that deletes has been through, and has looked for them in these directories. What is left to do is a path
    /// that stays owed.
    package mutating func sweep(_ job: Job, _ swept: [RelativePath]) -> PathFailure? {
        guard job.deletes, !job.isRehearsal else { return nil }
        guard !job.comparesEverything else {
            self = Leftovers()
            return nil
        }
        directories.subtract(swept)
        guard areMore else { return nil }
        areMore = false
        return PathFailure(
            Change(.root, isSubtree: true), kind: .other,
            text: "a transfer that broke may have left temporary files in many directories; everything is compared")
    }

    /// The shape of those names, which rsync makes for NAME in the same directory; of a NAME that begins with a dot, or
    /// is too long, it leaves out some.
    static let shape: ByteString = ".*.??????"
}
