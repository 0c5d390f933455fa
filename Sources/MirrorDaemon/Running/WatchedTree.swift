import MirrorCore
import MirrorLinux
import Synchronization

/// What a source is to the shell: its path, who reads it, and what of it nobody wants.
struct WatchedTree: Sendable {
    var path: ByteString
    var targets: [TargetID]
    /// Directories that no sync wants.
    var isExcluded: @Sendable (RelativePath) -> Bool
    /// The program's own, absolute.
    var ignoredFiles: [ByteString]

    /// The same grouping as the core's: sources in the order of their first sync.
    static func all(_ settings: Settings, ownFiles: [ByteString]) -> [WatchedTree] {
        var places: [(path: ByteString, targets: [TargetID])] = []
        for (index, sync) in settings.syncs.enumerated() {
            if let known = places.firstIndex(where: { $0.path == sync.source }) {
                places[known].targets.append(TargetID(index))
            } else {
                places.append((sync.source, [TargetID(index)]))
            }
        }
        return places.map { place in
            let matchers = place.targets.map {
                PathMatcher(filters: settings.syncs[$0.index].filters, excludes: settings.syncs[$0.index].excludes)
            }
            return WatchedTree(
                path: place.path, targets: place.targets,
                isExcluded: { path in matchers.allSatisfy { $0.excludes(path, isDirectory: true) } },
                ignoredFiles: ownFiles)
        }
    }
}

/// The walks that are on their way, so that the end of the program does not wait for them.
final class LossWalks: Sendable {
    // A lock of its own: walks begin in the loop and end on other threads; it is taken a few times in an hour.
    private let running = Mutex<(walks: [LossWalk], isOver: Bool)>(([], false))

    func begin(_ request: WalkRequest, _ tree: WatchedTree) -> LossWalk {
        var order = WalkOrder(root: tree.path)
        order.isExcluded = tree.isExcluded
        let walk = LossWalk(request, order, ignoredFiles: tree.ignoredFiles)
        running.withLock { running in
            // One for each source at most; those before have ended.
            running.walks = running.walks.suffix(100) + [walk]
            if running.isOver { walk.cancel() }
        }
        return walk
    }

    func cancel() {
        running.withLock { running in
            running.isOver = true
            for walk in running.walks { walk.cancel() }
        }
    }
}
