import Glibc
package import MirrorCore
import MirrorLinux

/// What stands at the changed paths of a source now. It blocks; it belongs on a `BlockingPool`.
package struct SourceLook {
    let source: ByteString
    private var obstacles: [RelativePath: ListedPath.Obstacle?] = [:]
    var closed: [RelativePath: (RelativePath, Int32)?] = [:]
    /// Listed files that have other names too.
    package private(set) var linked: [LinkedFile] = []

    package init(_ source: ByteString) { self.source = source }

    /// `findsObstacles`: parents are looked at too, each once. `hiding`: see `Job.hiding`.
    package mutating func list(
        _ changes: [Change], findsObstacles: Bool, hiding: RecentPaths.Span? = nil, noticedFrom: Moment? = nil
    ) -> [ListedPath] {
        let seconds = hiding.map(Self.seconds)
        let first = noticedFrom.map { Self.seconds($0...$0).lowerBound - Int64(RecentPaths.window.inSeconds) }
        return changes.map { change in
            noteLinks(of: change)
            let obstacle = findsObstacles ? change.path.parent.flatMap { self.obstacle(at: $0) } : nil
            var listed = ListedPath(change, obstacle == nil ? standing(of: change.path) : .absent, obstacle: obstacle)
            listed.mayHide = mayHide(listed, seconds)
            if change.isShallow, listed.standing == .directory { listed.standingBelow = directories(in: change.path) }
            listed.isSetBack = isSetBack(listed, since: first)
            return listed
        }
    }

    /// nil where they can't be told: the directory is compared as a whole then.
    private func directories(in path: RelativePath) -> [RelativePath]? {
        let place = path.isRoot ? source + "/" : source + "/" + path.byteString
        let entries = try? Directory.entries(of: place)
        return entries?.filter(\.isDirectory).map { path.appending($0.name.bytes) }
    }

    /// Those that are directories of the source now. What has gone goes at the target with all that it holds.
    package func directories(_ paths: Set<RelativePath>) -> [RelativePath] {
        paths.sorted().filter { $0.isRoot || standing(of: $0) == .directory }
    }

    /// A file hides where its time is one of the seconds in question, or came with a rename and says nothing. Of a
    /// directory that is compared as a whole nobody looks at every file.
    private func mayHide(_ listed: ListedPath, _ seconds: ClosedRange<Int64>?) -> Bool {
        let change = listed.change
        switch listed.standing {
        case .absent: return false
        case .directory: return change.isSubtree && (seconds != nil || (change.isMoved && change.wasRemoved))
        case .unknown: return seconds != nil
        case .other: if change.isLate { return true }
        }
        guard seconds != nil || change.isMoved,
            let facts = try? FileFacts.at(source + "/" + change.path.byteString)
        else { return false }
        // Two files of one second may have gone a moment after it, and changed places then.
        let first = change.isMoved ? Int64.min : seconds?.lowerBound ?? 0
        if let seconds, (first...seconds.upperBound).contains(facts.modifiedSeconds) { return true }
        let age = WallClock.now().seconds - facts.modifiedSeconds
        return change.isMoved && age > Int64(RecentPaths.window.inSeconds)
    }

    private mutating func noteLinks(of change: Change) {
        guard !change.isOtherName, !change.path.isRoot,
            let facts = try? FileFacts.at(source + "/" + change.path.byteString), facts.kind == .regular,
            facts.links > 1
        else { return }
        let identity = FileIdentity(device: facts.device, inode: facts.inode)
        linked.append(
            LinkedFile(
                change.path, identity, links: facts.links,
                isChanged: change.isWritten || !(change.isNewName || change.isMoved)))
    }

    /// The kernel sets both times of a file at once when it is written. Where they differ and something of it changed
    /// since the first notice, somebody has set its time of modification, perhaps to what it was before.
    private func isSetBack(_ listed: ListedPath, since first: Int64?) -> Bool {
        guard let first, listed.change.isWritten, listed.standing == .other,
            let facts = try? FileFacts.at(source + "/" + listed.change.path.byteString), facts.kind == .regular
        else { return false }
        let isSet =
            facts.modifiedSeconds != facts.changedSeconds || facts.modifiedNanoseconds != facts.changedNanoseconds
        return isSet && facts.changedSeconds >= first
    }

    /// The whole seconds of the wall clock in which the span lies, or one more at either end.
    static func seconds(_ span: RecentPaths.Span) -> ClosedRange<Int64> {
        let (clock, wall) = (Clock.now(), WallClock.now().seconds)
        let begin = wall - Int64((clock - span.lowerBound).inSeconds.rounded(.up))
        let end = wall - Int64((clock - span.upperBound).inSeconds.rounded(.down))
        return begin...max(begin, end)
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
