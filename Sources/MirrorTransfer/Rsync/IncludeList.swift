package import MirrorCore

/// lsyncd's list of changed paths for `--from0 --include-from=-` with `--exclude=*`.
///
/// Entries are separated by NUL, without one at the end; each begins with a slash and is followed by its parents
/// upwards, the root included; what stands in the list already is left out (LSYNCD 6.2).
package struct IncludeList: Sendable {
    private var entries: [[UInt8]] = []
    private var seen: Set<[UInt8]> = []

    private static let slash = UInt8(ascii: "/")
    private static let wild = Set("*?[".utf8)
    private static let escaped = Set("*?[\\".utf8)
    private static let allBelow = Array("/***".utf8)

    /// `sweeping`: directories in which temporary files of a broken run are looked for. An entry that matches nothing
    /// of the source can only delete.
    ///
    /// `barring`: what is left alone, directories with all that they hold.
    package init(
        _ paths: [ListedPath], rulesAhead: [ByteString] = [], sweeping: [RelativePath] = [],
        barring: LeftAlone = LeftAlone()
    ) {
        entries += barring.exclusions
        if paths.contains(where: { $0.takesAllBelow || $0.kindDecides }) || !sweeping.isEmpty {
            for rule in rulesAhead { entries.append(rule.bytes) }
        }
        for path in paths where path.standingBelow == nil { add(path) }
        // The deepest first: what one takes, the one above leaves alone.
        for path in paths.filter({ $0.standingBelow != nil }).sorted(by: { $1.change.path < $0.change.path }) {
            addNames(in: path)
        }
        for directory in sweeping {
            append(Self.pattern(directory, ending: Array("/".utf8) + Leftovers.shape.bytes))
            addDirectoriesUp(from: directory)
        }
    }

    package var bytes: [UInt8] { Array(entries.joined(separator: [0])) }

    private mutating func add(_ listed: ListedPath) {
        let path = listed.change.path
        if listed.takesAllBelow {
            append(Self.pattern(path, ending: Self.allBelow))
        }
        switch listed.standing {
        case .directory:
            if listed.kindDecides { append(Self.pattern(path)) }
            addDirectoriesUp(from: path)
        case .absent where listed.change.mayBeDirectory:
            // A name without a slash at its end stands for a file of that name too: before it was a directory, it
            // may have been one, and the target still has that.
            if listed.change.mayBeFile { append(Self.pattern(path)) }
            addDirectoriesUp(from: path)
        case .unknown where listed.change.mayBeDirectory:
            append(Self.pattern(path))
            addDirectoriesUp(from: path)
        case .absent, .other, .unknown:
            append(Self.pattern(path))
            if let parent = path.parent { addDirectoriesUp(from: parent) }
        }
    }

    /// The names in a directory, with all that lies below those that are no directories of the source (any more).
    private mutating func addNames(in listed: ListedPath) {
        let path = listed.change.path
        addDirectoriesUp(from: path)
        for directory in listed.standingBelow ?? [] {
            entries.append(Array("- ".utf8) + Self.pattern(directory, ending: Array("/*".utf8)))
        }
        append(Self.pattern(path, ending: Array("/**".utf8)))
    }

    private mutating func addDirectoriesUp(from path: RelativePath) {
        var next: RelativePath? = path
        while let directory = next {
            // Where a directory stands in the list, its parents do too.
            guard append(Self.pattern(directory, isDirectory: true)) else { return }
            next = directory.parent
        }
    }

    @discardableResult
    private mutating func append(_ entry: [UInt8]) -> Bool {
        guard seen.insert(entry).inserted else { return false }
        entries.append(entry)
        return true
    }

    /// A pattern that matches this name and no other.
    ///
    /// rsync honours a backslash only in a pattern that holds `*`, `?` or `[`; in any other it stands for itself.
    ///
    /// `ending`: wild characters that follow it, with a slash before them.
    static func pattern(_ path: RelativePath, isDirectory: Bool = false, ending: [UInt8] = []) -> [UInt8] {
        var pattern = [slash]
        if !ending.isEmpty || path.bytes.contains(where: wild.contains) {
            for byte in path.bytes {
                if escaped.contains(byte) { pattern.append(UInt8(ascii: "\\")) }
                pattern.append(byte)
            }
        } else {
            pattern += path.bytes
        }
        if !ending.isEmpty { return path.isRoot ? ending : pattern + ending }
        return isDirectory && !path.isRoot ? pattern + [slash] : pattern
    }
}
