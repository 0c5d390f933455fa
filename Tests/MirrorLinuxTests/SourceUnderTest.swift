import MirrorCore
import MirrorTesting
import Testing

@testable import MirrorLinux

/// A way to watch, as the conformance tests see it. Whoever adds one adds it to `all`.
struct SourceUnderTest: Sendable, CustomTestStringConvertible {
    let name: String
    /// Why it can't watch this directory, where it can't.
    var obstacle: @Sendable (ByteString) -> String? = { _ in nil }
    /// It tells whole subtrees where others tell names.
    var mayTellMore = false
    /// Deeds of which it sees nothing, since all is as it was when it looks again.
    var unseen: Set<String> = []
    let make: @Sendable (WatchOrder) throws -> any EventSource

    var testDescription: String { name }

    static let inotify = SourceUnderTest(name: "inotify") { InotifySource($0) }

    static let fanotify = SourceUnderTest(name: "fanotify", obstacle: Self.fanotifyObstacle) { try FanotifySource($0) }

    /// It can't tell a directory that was made from one that was moved in, and says so of more than is dirty.
    static let scanning = SourceUnderTest(
        name: "scanning", mayTellMore: true,
        unseen: [
            "a file that came and went", "a file renamed there and back",
            "a file written beside and put in its place",
        ]
    ) {
        ScanningSource($0, interval: .seconds(3600))
    }

    static let all = [inotify, fanotify, scanning]

    private static func fanotifyObstacle(_ path: ByteString) -> String? {
        guard let kernel = try? KernelThread() else { return "no kernel thread" }
        do throws(FanotifyObstacle) {
            _ = try FanotifySource(WatchOrder(kernel: kernel, root: path) { _ in })
            return nil
        } catch {
            return error.reason
        }
    }
}

/// A source that can be asked whether everything that has happened is told.
protocol SettlingSource: EventSource {
    var isQuiet: Bool { get }
}

extension InotifySource: SettlingSource {}
extension FanotifySource: SettlingSource {}

/// What was told, as the core understands it: names that may differ, and subtrees that may.
struct DirtyNames: Equatable, CustomStringConvertible {
    private(set) var names: Set<RelativePath> = []
    private(set) var subtrees: Set<RelativePath> = []

    init(_ notices: [Notice]) {
        for notice in notices { add(notice) }
        reduce()
    }

    /// `d/**` is a subtree.
    init(_ expected: [RelativePath]) {
        for path in expected {
            if path.name == "**", let parent = path.parent { subtrees.insert(parent) } else { names.insert(path) }
        }
        reduce()
    }

    private mutating func add(_ notice: Notice) {
        switch notice {
        case .touched(let path, _), .writing(let path), .unchanged(let path, _), .happened(_, let path, _),
            .fileArrived(let path),
            .directoryAppeared(let path, false):
            names.insert(path)
        case .directoryAppeared(let path, true): subtrees.insert(path)
        case .disappeared(let path, let isDirectory): add(path, isDirectory)
        case .renamed(let from, let to, let isDirectory):
            add(from, isDirectory)
            add(to, isDirectory)
        case .lost(let path, _), .missed(let path, _, _), .directoryFound(let path): subtrees.insert(path)
        case .rootGone: subtrees.insert(.root)
        case .live, .watchedBy, .uncovered: break
        }
    }

    private mutating func add(_ path: RelativePath, _ isDirectory: Bool) {
        if isDirectory { subtrees.insert(path) } else { names.insert(path) }
    }

    /// What a subtree covers needs no name of its own.
    private mutating func reduce() {
        let all = subtrees
        subtrees = all.filter { path in !all.contains { $0 != path && $0.contains(path) } }
        names = names.filter { path in !all.contains { $0.contains(path) } }
    }

    func covers(_ expected: DirtyNames) -> Bool {
        let isCovered = { (path: RelativePath) in
            names.contains(path) || subtrees.contains { $0.contains(path) }
        }
        return expected.names.allSatisfy(isCovered)
            && expected.subtrees.allSatisfy { path in subtrees.contains { $0.contains(path) } || isCovered(path) }
    }

    /// A directory whose entries changed has another time, so a source may name it beside them.
    func without(directoriesOf expected: DirtyNames) -> DirtyNames {
        var rest = self
        let parents = Set((expected.names.union(expected.subtrees)).compactMap(\.parent))
        rest.names = names.filter { name in
            expected.names.contains(name) || !parents.contains(name) && !Self.isOfNoName(name)
        }
        return rest
    }

    /// Those of one directory, as seen from there.
    func below(_ directory: RelativePath) -> DirtyNames {
        var inside = self
        let start = directory.bytes.count + 1
        let cut = { (path: RelativePath) -> RelativePath? in
            guard directory.contains(path), path != directory else { return nil }
            return RelativePath(uncheckedBytes: Array(path.bytes.dropFirst(start)))
        }
        inside.names = Set(names.compactMap(cut))
        inside.subtrees = Set(subtrees.compactMap { $0.contains(directory) ? .root : cut($0) })
        return inside
    }

    /// The kernel calls a file that was opened without a name `#1234`.
    private static func isOfNoName(_ path: RelativePath) -> Bool {
        let name = path.name.bytes
        return name.first == UInt8(ascii: "#") && name.dropFirst().allSatisfy { 0x30...0x39 ~= $0 }
    }

    var description: String {
        (names.map { "/\($0)" } + subtrees.map { "/\($0)/**" }).sorted().joined(separator: " ")
    }
}
