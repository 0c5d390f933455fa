import Glibc
import MirrorCore
import MirrorTesting
import MirrorTransfer
import Testing

/// A source goes from one state to another. One target gets the changes that the rules let through, the other a fresh
/// comparison of everything by rsync; both must be the same afterwards.
@Suite("Changes under rules have the effect of a fresh comparison")
struct RuleEffectTests {
    @Test("whatever becomes of names that rules mean by their kind", arguments: UInt64(1)...60)
    func effect(seed: UInt64) async throws {
        let bench = try TransferBench()
        let other = try bench.scratch.directory("other")
        var generator = RuleGenerator(seed: seed &+ 5000)
        generator.makeTree(of: 60)
        var names = Set(generator.paths.map(\.path))
        try build(generator.paths.map { ($0.path, $0.isDirectory) }, in: bench.source)
        let (filters, excludes) = rules(&generator)
        let direct = transfer(to: bench.target, filters, excludes, bench)
        let fresh = transfer(to: other, filters, excludes, bench)
        for one in [direct, fresh] { #expect(await one.run(bench.job()).result == .done) }
        let before = try bench.source.everything()
        for _ in 0..<30 { try disturb(bench.source, &names, &generator) }
        let changes = try changes(since: before, in: bench.source)
        var sync = SyncSettings(name: "s", source: bench.source.root, target: bench.target.root + "/")
        (sync.filters, sync.excludes) = (filters, excludes)
        let mirror = Mirror(id: TargetID(0), source: SourceID(0), sync: sync)
        let kept = changes.filter { !mirror.isFiltered($0) }
        #expect(await direct.run(bench.job(.changes(kept))).result == .done)
        #expect(await fresh.run(bench.job()).result == .done)
        let differences = try TreeComparison.differences(bench.target, other, checking: .contentsOnly)
        #expect(
            differences == [],
            "\(filters.map(\.line)) \(excludes) \(kept.map { "\($0.path) \($0.mayBeFile) \($0.mayBeDirectory)" })")
    }

    /// Generated ones, and one for directories alone, so that kinds matter in every run.
    private func rules(_ generator: inout RuleGenerator) -> (filters: [FilterRule], excludes: [ByteString]) {
        var (filters, excludes) = generator.rules()
        let initial: ByteString = ["[a-b]*/", "*b*/", "a*/", "?/"][generator.number(4)]
        switch generator.number(3) {
        case 0: excludes.append(initial)
        case 1: filters = [FilterRule(includes: false, pattern: initial)] + filters
        default:
            let name = ByteString(initial.bytes.dropLast())
            filters =
                [FilterRule(includes: true, pattern: initial), FilterRule(includes: false, pattern: name)] + filters
        }
        return (filters, excludes)
    }

    private func transfer(
        to target: DirectoryTree, _ filters: [FilterRule], _ excludes: [ByteString], _ bench: TransferBench
    ) -> RsyncTransfer {
        bench.transfer(to: target.root + "/", words: ["-a"]) { sync, _, _ in
            sync.filters = filters
            sync.excludes = excludes
        }
    }

    private func build(_ paths: [(RelativePath, Bool)], in tree: DirectoryTree) throws {
        for (path, isDirectory) in paths {
            if isDirectory { try tree.makeDirectory(path.byteString) } else { try tree.write(path.byteString, "1") }
        }
    }

    /// Removes, makes, renames, or makes a file of a directory and the reverse.
    private func disturb(
        _ tree: DirectoryTree, _ names: inout Set<RelativePath>, _ generator: inout RuleGenerator
    ) throws {
        let all = names.sorted()
        let path = all[generator.number(all.count)]
        let isThere = kind(of: path, in: tree) != nil
        guard isThere || hasParent(path, in: tree) else { return }
        switch generator.number(4) {
        case 0: if isThere { try tree.removeAll(path.byteString) }
        case 1:
            let other = all[generator.number(all.count)]
            guard isThere, !path.contains(other), kind(of: other, in: tree) == nil, hasParent(other, in: tree) else {
                return
            }
            try tree.rename(path.byteString, to: other.byteString)
        case 2:
            if isThere { try tree.removeAll(path.byteString) }
            try tree.makeDirectory(path.byteString)
            names.insert(path.appending(Array("b1".utf8)))
        default:
            if isThere { try tree.removeAll(path.byteString) }
            try tree.write(path.byteString, "22")
        }
    }

    /// nil where there is nothing, for instance since a parent is no directory.
    private func kind(of path: RelativePath, in tree: DirectoryTree) -> FileStatus.Kind? {
        (try? tree.status(path.byteString))?.kind
    }

    private func hasParent(_ path: RelativePath, in tree: DirectoryTree) -> Bool {
        guard let parent = path.parent else { return false }
        return parent.isRoot || kind(of: parent, in: tree) == .directory
    }

    /// What the watches would have told: each name that is not as it was, with every kind that it had.
    private func changes(since before: [ByteString: FileStatus], in tree: DirectoryTree) throws -> [Change] {
        let now = try tree.everything()
        return Set(before.keys).union(now.keys).sorted().compactMap { path in
            let (old, new) = (before[path], now[path])
            guard old != new, let relative = RelativePath(path.bytes) else { return nil }
            let gone = old.map { Change.removed(relative, isDirectory: $0.kind == .directory) }
            guard let new else { return gone }
            let change = Change.present(relative, isDirectory: new.kind == .directory)
            guard let gone, old?.inode != new.inode else { return change }
            return change.joined(withOlder: gone)
        }
    }
}
