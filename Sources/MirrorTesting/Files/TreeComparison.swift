import Glibc
package import MirrorCore

/// Compares two trees by what is really there: names, types, contents byte for byte, destinations of links, and of the
/// attributes those that were asked for.
package struct TreeComparison {
    package struct Attributes: OptionSet, Sendable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }

        package static let mode = Attributes(rawValue: 1)
        package static let user = Attributes(rawValue: 2)
        package static let group = Attributes(rawValue: 4)
        package static let seconds = Attributes(rawValue: 8)
        /// Of files only: rsync sets the time of a directory or a link where its whole second differs.
        package static let nanoseconds = Attributes(rawValue: 16)
        /// Times of directories and links too, not only of files.
        package static let allTimes = Attributes(rawValue: 32)
        /// Extended attributes of users.
        package static let extended = Attributes(rawValue: 64)
        package static let accessLists = Attributes(rawValue: 128)
        package static let everything: Attributes = [.mode, .user, .group, .seconds, .allTimes]
        package static let contentsOnly: Attributes = []
    }

    private let left: DirectoryTree
    private let right: DirectoryTree
    private let attributes: Attributes
    private let limit: Int
    private let stale: Set<ByteString>
    private var found: [String] = []

    /// One sentence per difference, at most `limit` of them; empty means the trees are equal.
    ///
    /// `stale`: files that need only be there, since nobody could notice what happened to them.
    package static func differences(
        _ left: DirectoryTree, _ right: DirectoryTree, checking attributes: Attributes = .everything,
        stale: Set<ByteString> = [], limit: Int = 20
    ) throws -> [String] {
        var comparison = TreeComparison(left, right, attributes: attributes, stale: stale, limit: limit)
        try comparison.compareDirectories("")
        return comparison.found
    }

    private init(
        _ left: DirectoryTree, _ right: DirectoryTree, attributes: Attributes, stale: Set<ByteString>, limit: Int
    ) {
        self.left = left
        self.right = right
        self.attributes = attributes
        self.stale = stale
        self.limit = limit
    }

    private mutating func compareDirectories(_ path: ByteString) throws {
        let leftNames = try left.names(path)
        let rightNames = try right.names(path)
        for name in leftNames.merged(with: rightNames) where found.count < limit {
            try compare(path.isEmpty ? name : path + "/" + name)
        }
    }

    private mutating func compare(_ path: ByteString) throws {
        switch (try left.status(path), try right.status(path)) {
        case (let old?, let new?):
            if old.kind == .file, new.kind == .file, stale.contains(path) { return }
            compareAttributes(path, old, new)
            guard old.kind == new.kind else { return }
            try compareExtended(path)
            switch old.kind {
            case .directory: try compareDirectories(path)
            case .file: try compareContents(path, old, new)
            case .link: try compareLinks(path)
            case .characterDevice, .blockDevice:
                guard old.special != new.special else { return }
                found.append("\"\(path)\": device is \(old.special) and in \(right.root) \(new.special)")
            case .fifo, .socket, .other: break
            }
        case (let old?, nil): found.append("\"\(path)\" (\(old.kind.rawValue)) is missing in \(right.root)")
        case (nil, let new?): found.append("\"\(path)\" (\(new.kind.rawValue)) is too much in \(right.root)")
        case (nil, nil): break
        }
    }

    private mutating func compareAttributes(_ path: ByteString, _ old: FileStatus, _ new: FileStatus) {
        func note(_ what: String, _ first: some CustomStringConvertible, _ second: some CustomStringConvertible) {
            let names = old.kind == .file && old.links > 1 ? ", a file of \(old.links) names" : ""
            found.append("\"\(path)\": \(what) is \(first) and in \(right.root) \(second)\(names)")
        }
        guard old.kind == new.kind else { return note("type", old.kind.rawValue, new.kind.rawValue) }
        if attributes.contains(.mode), old.kind != .link, old.mode != new.mode {
            note("mode", String(old.mode, radix: 8), String(new.mode, radix: 8))
        }
        if attributes.contains(.user), old.user != new.user { note("owner", old.user, new.user) }
        if attributes.contains(.group), old.group != new.group { note("group", old.group, new.group) }
        guard old.kind == .file || attributes.contains(.allTimes) else { return }
        if attributes.contains(.seconds), old.modifiedSeconds != new.modifiedSeconds {
            note("time", old.modifiedSeconds, new.modifiedSeconds)
        } else if attributes.contains(.nanoseconds), old.kind == .file,
            old.modifiedNanoseconds != new.modifiedNanoseconds
        {
            note("time below the second", old.modifiedNanoseconds, new.modifiedNanoseconds)
        }
    }

    private mutating func compareExtended(_ path: ByteString) throws {
        guard !attributes.isDisjoint(with: [.extended, .accessLists]) else { return }
        let (first, second) = (try extended(path, of: left), try extended(path, of: right))
        guard first != second else { return }
        let names = Set(first.keys).union(second.keys).filter { first[$0] != second[$0] }.sorted()
        let values = names.map { "\($0): \(first[$0].text) and \(second[$0].text)" }
        found.append("\"\(path)\": attributes differ in \(right.root): \(values.joined(separator: "; "))")
    }

    private func extended(_ path: ByteString, of tree: DirectoryTree) throws -> [ByteString: ByteString] {
        try tree.attributes(path).filter {
            attributes.contains($0.key.hasPrefix("user.") ? .extended : .accessLists)
        }
    }

    private mutating func compareContents(_ path: ByteString, _ old: FileStatus, _ new: FileStatus) throws {
        guard old.size == new.size else {
            found.append("\"\(path)\": size is \(old.size) and in \(right.root) \(new.size)")
            return
        }
        let (first, second) = (try left.read(path).bytes, try right.read(path).bytes)
        guard first != second else { return }
        let place = zip(first, second).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? 0
        found.append("\"\(path)\": contents differ in \(right.root), first at byte \(place)")
    }

    private mutating func compareLinks(_ path: ByteString) throws {
        let (first, second) = (try left.destination(path), try right.destination(path))
        guard first != second else { return }
        found.append("\"\(path)\": link to \"\(first)\" and in \(right.root) to \"\(second)\"")
    }
}

extension DirectoryTree {
    /// Where a symbolic link points.
    package func destination(_ path: ByteString) throws -> ByteString {
        let (directory, name) = try openParent(of: path)
        defer { Glibc.close(directory) }
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = CPath(name).withPointer { readlinkat(directory, $0, &buffer, buffer.count) }
        guard count >= 0 else { throw SystemCallFailure("read the link", path) }
        return ByteString(buffer.prefix(count).map { UInt8(bitPattern: $0) })
    }

    /// How many regular files, directories and links there are, the root not counted.
    package func count(_ path: ByteString = "") throws -> Int {
        var total = 0
        for name in try names(path) {
            let below = path.isEmpty ? name : path + "/" + name
            total += 1
            if try status(below)?.kind == .directory { total += try count(below) }
        }
        return total
    }
}

extension [ByteString] {
    /// Two sorted lists as one, each name once.
    fileprivate func merged(with other: [ByteString]) -> [ByteString] {
        var merged: [ByteString] = []
        merged.reserveCapacity(Swift.max(count, other.count))
        var (mine, theirs) = (self[...], other[...])
        while let next = [mine.first, theirs.first].compactMap({ $0 }).min() {
            merged.append(next)
            if mine.first == next { mine.removeFirst() }
            if theirs.first == next { theirs.removeFirst() }
        }
        return merged
    }
}

extension ByteString? {
    fileprivate var text: String { map { $0.bytes.map { String($0, radix: 16) }.joined(separator: " ") } ?? "none" }
}
