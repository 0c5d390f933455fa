import Glibc
package import MirrorCore

/// Plays the people who work on a web site: uploads, edits, renames, deletes and changes of mode, alone and in
/// groups.
///
/// Names and times only go forward: a name that was given up is not used again, and nothing is older than what it
/// replaces. rsync's `-u`, which the article's configuration has, never replaces a newer file.
package struct Editor: Sendable {
    package enum Deed: String, Sendable, CaseIterable {
        case create, edit, rename, delete
        case changeMode = "chmod"
    }

    /// How one sees on another machine that a change has arrived.
    package enum Effect: Sendable, Equatable {
        case content(ByteString, ByteString)
        case absent(ByteString)
        case mode(ByteString, UInt32)
        case moved(from: ByteString, to: ByteString)
    }

    package struct Change: Sendable, Equatable {
        package var number: Int
        package var deed: Deed
        package var effect: Effect
        /// The moment before its first system call.
        package var began: ContinuousClock.Instant
    }

    private struct Page {
        var path: ByteString
        var content: ByteString
        /// Number of the change that touched it last.
        var touched: Int
    }

    private let tree: DirectoryTree
    private var random: SeededGenerator
    private var pages: [Page] = []
    private var folders: [ByteString] = []
    private var number = 0
    /// A page rests for this many changes, so that each effect can be seen before the next one covers it.
    private let rest = 24

    package init(_ tree: DirectoryTree, seed: UInt64) {
        self.tree = tree
        random = SeededGenerator(seed: seed)
    }

    /// The site as it is before anybody works on it.
    package mutating func prepare(pages count: Int = 60) throws {
        try tree.write("index.html", "<h1>mariusv</h1>\n")
        try tree.makeDirectories("wp-admin")
        try tree.write("wp-admin/index.html", "<h1>admin</h1>\n")
        for folder in ["wp-content", "wp-content/uploads", "wp-content/themes", "wp-includes"] as [ByteString] {
            try tree.makeDirectories(folder)
            folders.append(folder)
        }
        for index in 0..<count {
            let folder = folders[index % folders.count]
            let page = Page(
                path: folder + ByteString("/page \(index).html"), content: body("page \(index)"), touched: -rest)
            try tree.write(page.path, page.content)
            pages.append(page)
        }
    }

    /// One change, or a group of up to five at once, as a deployment or an upload of several files makes.
    package mutating func work(atMost limit: Int) throws -> [Change] {
        let isGroup = Int.random(in: 0..<5, using: &random) == 0
        let count = min(limit, isGroup ? Int.random(in: 2...5, using: &random) : 1)
        if isGroup && Bool.random(using: &random) { try addFolder() }
        return try (0..<count).map { _ in try one() }
    }

    /// Every file that must exist now, with its content.
    package var expected: [(path: ByteString, content: ByteString)] { pages.map { ($0.path, $0.content) } }

    private mutating func one() throws -> Change {
        number += 1
        let began = ContinuousClock.now
        let resting = number - rest
        let free = pages.indices.filter { pages[$0].touched < resting }
        let deed = Deed.allCases.randomElement(using: &random) ?? .create
        guard let index = free.randomElement(using: &random), deed != .create, pages.count > rest else {
            return Change(number: number, deed: .create, effect: try create(), began: began)
        }
        return Change(number: number, deed: deed, effect: try perform(deed, on: index), began: began)
    }

    private mutating func perform(_ deed: Deed, on index: Int) throws -> Effect {
        let page = pages[index]
        pages[index].touched = number
        switch deed {
        case .create: return try create()
        case .edit: return try edit(index)
        case .rename:
            let path = newPath()
            try tree.rename(page.path, to: path)
            pages[index].path = path
            return .moved(from: page.path, to: path)
        case .delete:
            try tree.remove(page.path)
            pages.remove(at: index)
            return .absent(page.path)
        case .changeMode:
            let old = try tree.status(page.path)?.mode ?? 0
            let mode: mode_t = old == 0o600 ? 0o644 : 0o600
            try tree.changeMode(page.path, mode)
            return .mode(page.path, mode)
        }
    }

    private mutating func create() throws -> Effect {
        let page = Page(path: newPath(), content: body("upload \(number)"), touched: number)
        try tree.write(page.path, page.content)
        pages.append(page)
        return .content(page.path, page.content)
    }

    /// In place, or as most editors do it: beside it under another name, then renamed over it.
    private mutating func edit(_ index: Int) throws -> Effect {
        let content = body("edit \(number)")
        let path = pages[index].path
        if Bool.random(using: &random) {
            try tree.write(path, content)
        } else {
            let mode = try tree.status(path)?.mode ?? 0o644
            try tree.write(path + ByteString(".\(number)~"), content, mode: mode)
            try tree.rename(path + ByteString(".\(number)~"), to: path)
        }
        pages[index].content = content
        return .content(path, content)
    }

    private mutating func addFolder() throws {
        let folder = (folders.randomElement(using: &random) ?? "wp-content") + ByteString("/folder \(number)")
        try tree.makeDirectory(folder)
        folders.append(folder)
    }

    private mutating func newPath() -> ByteString {
        (folders.randomElement(using: &random) ?? "wp-content") + ByteString("/file \(number) [new].html")
    }

    private mutating func body(_ title: String) -> ByteString {
        let lines = Int.random(in: 1...80, using: &random)
        return ByteString("\(title)\n" + String(repeating: "All work and no play.\n", count: lines))
    }
}

extension Editor.Effect {
    /// Whether a tree shows it.
    package func isVisible(in tree: DirectoryTree) -> Bool {
        do {
            switch self {
            case .absent(let path): return try tree.status(path) == nil
            case .mode(let path, let mode): return try tree.status(path)?.mode == mode
            case .moved(let old, let new): return try tree.status(old) == nil && tree.status(new) != nil
            case .content(let path, let content):
                guard try tree.status(path)?.size == content.count else { return false }
                return try tree.read(path) == content
            }
        } catch {
            // A path that vanishes between two looks is not visible at this moment.
            return false
        }
    }
}
