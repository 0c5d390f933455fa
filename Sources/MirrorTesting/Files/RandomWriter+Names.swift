import MirrorCore

// What a random writer draws: paths, names, contents. And what it knows of its tree.
extension RandomWriter {
    mutating func any(_ list: [ByteString]) throws -> ByteString {
        guard let one = list.randomElement(using: &random) else { throw FixtureError("there is none yet") }
        drawn.append(one)
        return one
    }

    /// Not the root.
    mutating func anyDirectory() throws -> ByteString { try any(known.directories.filter { !$0.isEmpty }) }

    /// Deep ones are likelier, so that the tree grows although whole directories vanish.
    mutating func deepDirectory() throws -> ByteString {
        let below = known.directories.filter { !$0.isEmpty }
        return try [any(below), any(below), any(below)].max { $0.count < $1.count } ?? any(below)
    }

    mutating func newPath() -> ByteString {
        let choice = [known.directories.randomElement(using: &random), known.directories.randomElement(using: &random)]
        let parent = choice.compactMap { $0 }.min { $0.count < $1.count } ?? ""
        let name = name()
        // Deep trees make long paths; above some depth it goes back to the root.
        let isDeep = parent.bytes.count > 1000
        let path = parent.isEmpty || isDeep ? name : parent + "/" + name
        drawn.append(path)
        return path
    }

    /// Mostly plain names; now and then one that a shell, a pattern or a decoder would trip over.
    mutating func name() -> ByteString {
        counter += 1
        let plain = ByteString("f\(counter)")
        guard Int.random(in: 0..<habits.oddNames, using: &random) == 0 else { return plain }
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

    mutating func content() -> ByteString {
        let sizes = [0, 1, 10, 100, 1000, 5000, habits.largestFile].filter { $0 <= habits.largestFile }
        let size = sizes.randomElement(using: &random) ?? 0
        var bytes = [UInt8](repeating: UInt8.random(in: 0...255, using: &random), count: size)
        for index in stride(from: 0, to: size, by: 499) { bytes[index] = UInt8.random(in: 0...255, using: &random) }
        return ByteString(bytes)
    }

    /// Something has happened to a file under this name; its other names, if it has any, are told nothing.
    mutating func noteChange(of path: ByteString) throws {
        known.unnoticed.remove(path)
        guard !known.linked.isEmpty, let file = try tree.status(path), file.links > 1 else { return }
        for other in Set(known.linked) where other != path {
            guard let status = try? tree.status(other), status.inode == file.inode else { continue }
            known.unnoticed.insert(other)
        }
    }

    /// What has been moved in.
    mutating func learn(_ path: ByteString) throws {
        guard let status = try tree.status(path) else { return }
        known.add(path, status)
        guard status.kind == .directory else { return }
        for name in try tree.names(path) { try learn(path + "/" + name) }
    }

    /// What an operation has drawn and does not find is not drawn again.
    mutating func forgetMissing() {
        for path in drawn where !path.isEmpty && ((try? tree.status(path)) ?? nil) == nil { known.forget(path) }
        let parents = drawn.compactMap { path in
            path.bytes.lastIndex(of: UInt8(ascii: "/")).map { path.bytes.prefix($0) }
        }
        for parent in parents.map({ ByteString($0) }) where ((try? tree.status(parent)) ?? nil)?.kind != .directory {
            known.forget(parent)
        }
    }
}
