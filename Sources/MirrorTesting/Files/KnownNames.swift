import MirrorCore

/// What a random writer has made, by kind, so that it can draw from it.
struct KnownNames: Sendable {
    var files: [ByteString] = []
    var directories: [ByteString] = [""]
    var links: [ByteString] = []
    /// Fifos and devices.
    var others: [ByteString] = []
    /// Files that have had a second name; they stand among the files too.
    var linked: [ByteString] = []
    /// See `RandomWriter.unnoticed`.
    var unnoticed: Set<ByteString> = []

    /// Everything but directories.
    var leaves: [ByteString] { files + links + others }

    mutating func replace(_ old: ByteString, by new: ByteString) {
        func moved(_ path: ByteString) -> ByteString { path.moved(from: old, to: new) }
        files = files.map(moved)
        directories = directories.map(moved)
        links = links.map(moved)
        others = others.map(moved)
        linked = linked.map(moved)
        // The rename is noticed, and with it everything below.
        unnoticed = unnoticed.filter { !$0.isAtOrBelow(old) && !$0.isAtOrBelow(new) }
    }

    mutating func exchange(_ first: ByteString, _ second: ByteString) {
        // No name holds a zero.
        let between = ByteString([0])
        replace(first, by: between)
        replace(second, by: first)
        replace(between, by: second)
    }

    mutating func forget(_ gone: ByteString) {
        func stays(_ path: ByteString) -> Bool { !path.isAtOrBelow(gone) }
        files = files.filter(stays)
        directories = directories.filter(stays)
        links = links.filter(stays)
        others = others.filter(stays)
        linked = linked.filter(stays)
        unnoticed = unnoticed.filter(stays)
    }

    mutating func add(_ path: ByteString, _ status: FileStatus) {
        switch status.kind {
        case .file:
            files.append(path)
            if status.links > 1 { linked.append(path) }
        case .directory: directories.append(path)
        case .link: links.append(path)
        case .fifo, .socket, .characterDevice, .blockDevice, .other: others.append(path)
        }
    }

    /// The longest path at or below a directory.
    func longest(below top: ByteString) -> Int {
        (files + directories + links + others).lazy.filter { $0.isAtOrBelow(top) }.map(\.count).max() ?? top.count
    }
}

extension ByteString {
    func isAtOrBelow(_ top: ByteString) -> Bool { self == top || hasPrefix(top + "/") }

    fileprivate func moved(from old: ByteString, to new: ByteString) -> ByteString {
        if self == old { return new }
        guard hasPrefix(old + "/") else { return self }
        return new + ByteString(bytes.dropFirst(old.count))
    }
}
