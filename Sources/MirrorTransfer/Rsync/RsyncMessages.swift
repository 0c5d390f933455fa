package import MirrorCore

/// What rsync says about one path.
package struct PathComplaint: Sendable, Equatable {
    package var path: RelativePath
    /// It could not be entered, listed or made: everything below it may be missing too.
    package var isDirectory: Bool
    package var kind: PathFailure.Kind
    package var text: String
}

/// Reads rsync's messages (3.1 to 3.5, LC_ALL=C) and maps the names in them to paths below the source.
package struct RsyncMessages: Sendable {
    private let sourcePrefix: [UInt8]
    private let target: TargetAddress

    package init(source: ByteString, target: ByteString) {
        sourcePrefix = source.bytes + [UInt8(ascii: "/")]
        self.target = TargetAddress(target)
    }

    /// Complaints about paths, and the lines that tell of a failed path without one that can be mapped.
    package func read(_ lines: [ByteString]) -> (complaints: [PathComplaint], unclear: [ByteString]) {
        var complaints: [PathComplaint] = []
        var unclear: [ByteString] = []
        for line in lines {
            guard let message = RsyncMessage(line) else { continue }
            guard let name = message.name, let path = path(of: message, named: Self.withoutDot(name)) else {
                unclear.append(line)
                continue
            }
            complaints.append(
                PathComplaint(
                    path: path, isDirectory: message.isDirectory, kind: message.kind, text: line.description))
        }
        return (complaints, unclear)
    }

    private func path(of message: RsyncMessage, named name: [UInt8]) -> RelativePath? {
        if name.first == UInt8(ascii: "/") && message.module == nil {
            if message.role != .receiving, name.starts(with: sourcePrefix) || name + [0x2f] == sourcePrefix {
                return RelativePath(name.dropFirst(sourcePrefix.count))
            }
            guard message.role != .sending, let rest = belowTarget(name) else { return nil }
            return RelativePath(message.isTemporary ? Self.finalName(rest) : rest)
        }
        // Relative names are below the root of the target, but in a module they begin at the module.
        let rest = message.module == nil ? name : belowModule(name)
        return rest.flatMap { RelativePath(message.isTemporary ? Self.finalName($0) : $0) }
    }

    private func belowTarget(_ name: [UInt8]) -> [UInt8]? {
        let root: ByteString
        switch target {
        case .local(let path), .shell(_, let path): root = path
        case .daemon: return nil
        }
        var prefix = root.bytes
        while prefix.last == UInt8(ascii: "/") { prefix.removeLast() }
        if prefix.starts(with: Array("~/".utf8)) { prefix.removeFirst(2) }
        while prefix.starts(with: Array("./".utf8)) { prefix.removeFirst(2) }
        if root.bytes.first == UInt8(ascii: "/") {
            guard name.starts(with: prefix) else { return nil }
            return Self.below(name, prefix.count)
        }
        // A target without a slash at the start is below a directory that only the far side knows.
        guard !prefix.isEmpty else { return nil }
        let wanted = [UInt8(ascii: "/")] + prefix
        for start in name.indices where name[start...].starts(with: wanted) {
            if let rest = Self.below(name, start + wanted.count) { return rest }
        }
        return nil
    }

    private func belowModule(_ name: [UInt8]) -> [UInt8]? {
        guard case .daemon(_, _, let path) = target else { return name }
        let components = path.bytes.split(separator: UInt8(ascii: "/"))
        let inModule = Array(components.dropFirst().joined(separator: [0x2f]))
        let plain = name.first == UInt8(ascii: "/") ? Array(name.dropFirst()) : name
        guard !inModule.isEmpty else { return plain }
        return plain.starts(with: inModule) ? Self.below(plain, inModule.count) : nil
    }

    /// `dir/.` is the directory.
    private static func withoutDot(_ name: [UInt8]) -> [UInt8] {
        if name == [UInt8(ascii: ".")] { return [] }
        return name.suffix(2).elementsEqual("/.".utf8) ? Array(name.dropLast(2)) : name
    }

    /// What follows a prefix, where that ends at the border of a name.
    private static func below(_ name: [UInt8], _ count: Int) -> [UInt8]? {
        guard count < name.count else { return [] }
        return name[count] == UInt8(ascii: "/") ? Array(name[(count + 1)...]) : nil
    }

    /// rsync writes `dir/name` to `dir/.name.XXXXXX` first.
    static func finalName(_ path: [UInt8]) -> [UInt8] {
        let cut = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        let name = path[cut...]
        guard name.first == UInt8(ascii: "."), name.count > 8, name[name.endIndex - 7] == UInt8(ascii: ".") else {
            return path
        }
        return Array(path[..<cut] + name.dropFirst().dropLast(7))
    }
}
