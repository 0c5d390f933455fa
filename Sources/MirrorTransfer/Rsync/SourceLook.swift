import Glibc
package import MirrorCore
import MirrorLinux

/// What stands at the changed paths of a source now. It blocks; it belongs on a `BlockingPool`.
package struct SourceLook {
    private let source: ByteString
    private var obstacles: [RelativePath: ListedPath.Obstacle?] = [:]

    package init(_ source: ByteString) { self.source = source }

    /// `findsObstacles`: parents are looked at too, each once.
    package mutating func list(_ changes: [Change], findsObstacles: Bool) -> [ListedPath] {
        changes.map { change in
            let obstacle = findsObstacles ? change.path.parent.flatMap { self.obstacle(at: $0) } : nil
            var listed = ListedPath(change, obstacle == nil ? standing(of: change.path) : .absent, obstacle: obstacle)
            listed.mayHide = change.isMoved && mayHide(listed)
            return listed
        }
    }

    /// A directory is another one than the target's only where one was seen to go; of a file nobody tells.
    private func mayHide(_ listed: ListedPath) -> Bool {
        guard listed.standing == .other, let facts = try? FileFacts.at(source + "/" + listed.change.path.byteString)
        else { return listed.standing == .directory && listed.change.wasRemoved }
        return WallClock.now().seconds - facts.modifiedSeconds > Int64(RecentPaths.window.inSeconds)
    }

    /// Why nothing may follow from what is missing below this source.
    static func suspicion(of source: ByteString) -> SourceSuspicion? {
        do throws(SystemCallError) {
            let facts = try FileFacts.at(source.isEmpty ? "/" : source, followsLinks: true)
            return facts.kind == .directory ? nil : .notDirectory
        } catch {
            return error.errno == ENOENT || error.errno == ENOTDIR ? .missing : .unreadable(errno: error.errno)
        }
    }

    private mutating func obstacle(at path: RelativePath) -> ListedPath.Obstacle? {
        guard let parent = path.parent else { return nil }
        if let known = obstacles[path] { return known }
        var found = obstacle(at: parent)
        if found == nil {
            let standing = standing(of: path)
            if standing == .absent || standing == .other { found = ListedPath.Obstacle(path, standing) }
        }
        obstacles[path] = .some(found)
        return found
    }

    private func standing(of path: RelativePath) -> Standing {
        do throws(SystemCallError) {
            let facts = try FileFacts.at(source + "/" + path.byteString)
            return facts.kind == .directory ? .directory : .other
        } catch {
            return error.errno == ENOENT || error.errno == ENOTDIR ? .absent : .unknown(errno: error.errno)
        }
    }
}
