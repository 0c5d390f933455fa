import Glibc
import MirrorCore

/// A seeded generator (SplitMix64), so that a failed run can be repeated.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// The seed is mixed first: the numbers of two seeds in a row would otherwise be the same ones, one place apart.
    package init(seed: UInt64) { state = Self.mixed(seed &+ 0x1234_5678) }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        return Self.mixed(state)
    }

    private static func mixed(_ number: UInt64) -> UInt64 {
        var mixed = number
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// Does to a tree what people, editors, unpackers and hostile scripts do, in an order drawn from a seed. It never
/// follows a link and never leaves the tree.
package struct RandomWriter {
    private let tree: DirectoryTree
    private var random: SeededGenerator
    private var files: [ByteString] = []
    private var directories: [ByteString] = [""]
    private var links: [ByteString] = []
    /// What the current operation works on.
    private var drawn: [ByteString] = []
    private var counter = 0
    /// How many operations have changed something.
    package private(set) var performed = 0

    /// Operations and how often they are drawn.
    private static let weights: [(deed: Deed, weight: Int)] = [
        (.create, 26), (.overwrite, 16), (.append, 10), (.renameFile, 8), (.replaceByRename, 6), (.makeDirectory, 8),
        (.renameDirectory, 3), (.removeFile, 8), (.removeTree, 2), (.makeLink, 4), (.changeType, 3), (.changeMode, 4),
        (.setTime, 2),
    ]

    private enum Deed {
        case create, overwrite, append, renameFile, replaceByRename, makeDirectory, renameDirectory, removeFile
        case removeTree, makeLink, changeType, changeMode, setTime
    }

    package init(_ tree: DirectoryTree, seed: UInt64) {
        self.tree = tree
        random = SeededGenerator(seed: seed)
    }

    /// Performs `count` operations as fast as it can. What can't be done, since it meets a name of another type for
    /// instance, is skipped and not counted.
    package mutating func run(_ count: Int) {
        let end = performed + count
        while performed < end { step() }
    }

    /// One operation.
    package mutating func step() {
        drawn.removeAll(keepingCapacity: true)
        do {
            try perform(draw())
            performed += 1
        } catch {
            // The lists hold what was there once; a tree that was removed takes many names with it.
            forgetMissing()
        }
    }

    private mutating func perform(_ deed: Deed) throws {
        switch deed {
        case .create: try create(newPath())
        case .overwrite: try tree.write(any(files), content())
        case .append: try tree.append(any(files), content())
        case .renameFile: try renameFile()
        case .replaceByRename: try replaceByRename()
        case .makeDirectory: try makeDirectory(newPath())
        case .renameDirectory: try renameDirectory()
        case .removeFile: try removeFile()
        case .removeTree: try removeTree()
        case .makeLink: try makeLink(newPath())
        case .changeType: try changeType()
        case .changeMode:
            try tree.changeMode(any(files), [0o600, 0o644, 0o755, 0o640].randomElement(using: &random) ?? 0)
        case .setTime:
            try tree.setTime(any(files), seconds: 1_000_000_000 + Int.random(in: 0..<500_000_000, using: &random))
        }
    }

    private mutating func draw() -> Deed {
        var left = Int.random(in: 0..<Self.weights.reduce(0) { $0 + $1.weight }, using: &random)
        for (deed, weight) in Self.weights {
            left -= weight
            if left < 0 { return deed }
        }
        return .create
    }
}

extension RandomWriter {
    private mutating func create(_ path: ByteString) throws {
        try tree.write(path, content())
        files.append(path)
    }

    private mutating func makeDirectory(_ path: ByteString) throws {
        try tree.makeDirectory(path)
        directories.append(path)
        // Often there is content at once: the moment that a watcher is most likely to miss.
        if Bool.random(using: &random) {
            let inner = path + "/" + name()
            try create(inner)
        }
    }

    private mutating func makeLink(_ path: ByteString) throws {
        let destinations: [ByteString] = ["nowhere", "../..", "/nonexistent/place", "."]
        let destination = Bool.random(using: &random) ? files.randomElement(using: &random) : nil
        try tree.makeLink(path, to: destination ?? destinations.randomElement(using: &random) ?? ".")
        links.append(path)
    }

    private mutating func renameFile() throws {
        let old = try any(files)
        let new = newPath()
        try tree.rename(old, to: new)
        replace(old, by: new)
    }

    /// What editors do: a new file under a temporary name, then a rename over the old one.
    private mutating func replaceByRename() throws {
        let old = try any(files)
        let temporary = newPath()
        try tree.write(temporary, content())
        try tree.rename(temporary, to: old)
    }

    private mutating func renameDirectory() throws {
        let old = try any(directories.filter { !$0.isEmpty })
        let new = newPath()
        guard !(new + "/").hasPrefix(old + "/") else { throw FixtureError("a directory can't go below itself") }
        try tree.rename(old, to: new)
        replace(old, by: new)
    }

    private mutating func removeFile() throws {
        let path = try any(links.isEmpty || Int.random(in: 0..<4, using: &random) > 0 ? files : links)
        try tree.remove(path)
        forget(path)
    }

    private mutating func removeTree() throws {
        let path = try deepDirectory()
        try tree.removeAll(path)
        forget(path)
    }

    /// Deep ones are likelier, so that the tree grows although whole directories vanish.
    private mutating func deepDirectory() throws -> ByteString {
        let below = directories.filter { !$0.isEmpty }
        return try [any(below), any(below), any(below)].max { $0.count < $1.count } ?? any(below)
    }

    /// The same name becomes something else.
    private mutating func changeType() throws {
        let path = try Int.random(in: 0..<4, using: &random) == 0 ? deepDirectory() : any(files + links)
        try tree.removeAll(path)
        forget(path)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: try create(path)
        case 1: try makeDirectory(path)
        default: try makeLink(path)
        }
    }

    private mutating func any(_ list: [ByteString]) throws -> ByteString {
        guard let one = list.randomElement(using: &random) else { throw FixtureError("there is none yet") }
        drawn.append(one)
        return one
    }

    private mutating func newPath() -> ByteString {
        let choice = [directories.randomElement(using: &random) ?? "", directories.randomElement(using: &random) ?? ""]
        let parent = choice.min { $0.count < $1.count } ?? ""
        let name = name()
        // Deep trees make long paths; above some depth it goes back to the root.
        let isDeep = parent.bytes.count > 1000
        let path = parent.isEmpty || isDeep ? name : parent + "/" + name
        drawn.append(path)
        return path
    }

    /// Mostly plain names; now and then one that a shell, a pattern or a decoder would trip over.
    private mutating func name() -> ByteString {
        counter += 1
        let plain = ByteString("f\(counter)")
        guard Int.random(in: 0..<8, using: &random) == 0 else { return plain }
        let odd: [ByteString] = [
            ByteString("new\nline ") + plain, ByteString([0xff, 0xfe, 0xc3]) + plain, "[a-z]" + plain, "*" + plain,
            "-rf " + plain, "back\\slash" + plain, " leading and trailing " + plain + " ", "#hash" + plain,
            "***" + plain,
            "ünïcödé" + plain, "'\"$(reboot)`" + plain, plain + "?", "]]" + plain, "+ " + plain, "- " + plain,
            plain + ByteString([UInt8](repeating: UInt8(ascii: "x"), count: 255 - plain.count)), "\t" + plain,
            "\u{1b}[31m" + plain,
        ]
        return odd.randomElement(using: &random) ?? plain
    }

    private mutating func content() -> ByteString {
        let sizes = [0, 1, 10, 100, 1000, 5000]
        let size = sizes.randomElement(using: &random) ?? 0
        let first = UInt8.random(in: 0...255, using: &random)
        return ByteString((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) &+ first })
    }

    private mutating func replace(_ old: ByteString, by new: ByteString) {
        func moved(_ path: ByteString) -> ByteString {
            if path == old { return new }
            guard path.hasPrefix(old + "/") else { return path }
            return new + ByteString(path.bytes.dropFirst(old.count))
        }
        files = files.map(moved)
        directories = directories.map(moved)
        links = links.map(moved)
    }

    private mutating func forget(_ gone: ByteString) {
        func stays(_ path: ByteString) -> Bool { path != gone && !path.hasPrefix(gone + "/") }
        files = files.filter(stays)
        directories = directories.filter(stays)
        links = links.filter(stays)
    }

    /// What an operation has drawn and does not find is not drawn again.
    private mutating func forgetMissing() {
        for path in drawn where !path.isEmpty && ((try? tree.status(path)) ?? nil) == nil { forget(path) }
        let parents = drawn.compactMap { path in
            path.bytes.lastIndex(of: UInt8(ascii: "/")).map { path.bytes.prefix($0) }
        }
        for parent in parents.map({ ByteString($0) }) where ((try? tree.status(parent)) ?? nil)?.kind != .directory {
            forget(parent)
        }
    }
}
