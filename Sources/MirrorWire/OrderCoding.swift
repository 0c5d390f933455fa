import MirrorCore

extension Order {
    private enum Tag: UInt8 {
        case hello = 1
        case put, begin, piece, commit, abandon, symbolicLink, special, hardLink, directory, attributes, remove
        case rename, list, look, store, ping, survey, hashes, keep, count
    }

    static let putTag = Tag.put.rawValue

    /// The whole frame, behind `bytes`.
    package func append(to bytes: inout [UInt8]) {
        var writer = WireWriter(bytes)
        bytes = []
        let start = writer.beginFrame()
        write(to: &writer)
        writer.endFrame(start)
        bytes = writer.bytes
    }

    private func write(to writer: inout WireWriter) {
        switch self {
        case .hello(let hello):
            writer.begin(Tag.hello.rawValue)
            writer.hello(hello)
        case .put(let id, let path, let metadata, let conditions, let content):
            writer.begin(Tag.put.rawValue, id, path)
            writer.metadata(metadata)
            writer.byte(conditions.rawValue)
            writer.field(content)
        case .begin(let id, let path, let metadata, let conditions):
            writer.begin(Tag.begin.rawValue, id, path)
            writer.metadata(metadata)
            writer.byte(conditions.rawValue)
        case .piece(let offset, let content):
            writer.begin(Tag.piece.rawValue)
            writer.number(offset)
            writer.field(content)
        case .keep(let offset, let length):
            writer.begin(Tag.keep.rawValue)
            writer.number(offset)
            writer.number(length)
        case .commit: writer.begin(Tag.commit.rawValue)
        case .abandon: writer.begin(Tag.abandon.rawValue)
        case .symbolicLink(let id, let path, let metadata, let conditions, let destination):
            writer.begin(Tag.symbolicLink.rawValue, id, path)
            writer.metadata(metadata)
            writer.byte(conditions.rawValue)
            writer.field(destination.bytes)
        case .special(let id, let path, let metadata, let conditions):
            writer.begin(Tag.special.rawValue, id, path)
            writer.metadata(metadata)
            writer.byte(conditions.rawValue)
        default: writeShort(to: &writer)
        }
    }

    private func writeShort(to writer: inout WireWriter) {
        switch self {
        case .hardLink(let id, let existing, let path, let conditions):
            writer.begin(Tag.hardLink.rawValue, id, existing)
            writer.field(path.bytes)
            writer.byte(conditions.rawValue)
        case .directory(let id, let path): writer.begin(Tag.directory.rawValue, id, path)
        case .attributes(let id, let path, let metadata):
            writer.begin(Tag.attributes.rawValue, id, path)
            writer.metadata(metadata)
        case .remove(let id, let path, let removal):
            writer.begin(Tag.remove.rawValue, id, path)
            writer.byte(removal.rawValue)
        case .rename(let id, let old, let path, let expectation):
            writer.begin(Tag.rename.rawValue, id, old)
            writer.field(path.bytes)
            switch expectation {
            case .file(let metadata):
                writer.byte(0)
                writer.metadata(metadata)
            case .anyFile: writer.byte(1)
            case .directory: writer.byte(2)
            }
        case .list(let id, let path): writer.begin(Tag.list.rawValue, id, path)
        case .survey(let id, let path): writer.begin(Tag.survey.rawValue, id, path)
        case .look(let id, let path): writer.begin(Tag.look.rawValue, id, path)
        case .hashes(let id, let path, let rule):
            writer.begin(Tag.hashes.rawValue, id, path)
            writer.number(rule.size)
            writer.number(rule.seed)
        case .count(let id, let path, let limit):
            writer.begin(Tag.count.rawValue, id, path)
            writer.number(limit)
        case .store(let id): writer.begin(Tag.store.rawValue, id)
        case .ping(let id): writer.begin(Tag.ping.rawValue, id)
        default: preconditionFailure("it has been written already")
        }
    }

    /// One message, without its length.
    package init(_ message: ArraySlice<UInt8>) throws(WireError) {
        var reader = WireReader(message)
        let byte = try reader.byte()
        guard let tag = Tag(rawValue: byte) else { throw .unknownMessage(byte) }
        self = try Order.read(tag, from: &reader)
        try reader.end()
    }

    private static func read(_ tag: Tag, from reader: inout WireReader) throws(WireError) -> Order {
        switch tag {
        case .hello: return .hello(try reader.hello())
        case .piece:
            return .piece(
                offset: try reader.number(), content: try reader.field(.content, atMost: WireLimits.content))
        case .keep: return .keep(offset: try reader.number(), length: try reader.number())
        case .commit: return .commit
        case .abandon: return .abandon
        default: break
        }
        let id: UInt32 = try reader.number(.number)
        switch tag {
        case .store: return .store(id)
        case .ping: return .ping(id)
        default: return try read(tag, id, try reader.path(), from: &reader)
        }
    }

    private static func read(
        _ tag: Tag, _ id: UInt32, _ path: RelativePath, from reader: inout WireReader
    ) throws(WireError) -> Order {
        switch tag {
        case .put:
            let (metadata, conditions) = (try reader.metadata(), try reader.conditions())
            return .put(
                id, path, metadata, conditions, content: try reader.field(.content, atMost: WireLimits.content))
        case .begin: return .begin(id, path, try reader.metadata(), try reader.conditions())
        case .symbolicLink:
            let (metadata, conditions) = (try reader.metadata(), try reader.conditions())
            return .symbolicLink(id, path, metadata, conditions, destination: try reader.destination())
        case .special: return .special(id, path, try reader.metadata(), try reader.conditions())
        case .hardLink: return .hardLink(id, existing: path, try reader.path(), try reader.conditions())
        case .directory: return .directory(id, path)
        case .attributes: return .attributes(id, path, try reader.metadata())
        case .remove: return .remove(id, path, Removal(rawValue: try reader.byte()))
        case .rename: return .rename(id, from: path, try reader.path(), try reader.expectation())
        case .list: return .list(id, path)
        case .survey: return .survey(id, path)
        case .look: return .look(id, path)
        case .count: return .count(id, path, atMost: try reader.number(.count))
        case .hashes: return .hashes(id, path, try reader.blockRule())
        default: preconditionFailure("it has been read already")
        }
    }
}

extension WireReader {
    fileprivate mutating func conditions() throws(WireError) -> Order.Conditions {
        Order.Conditions(rawValue: try byte())
    }

    fileprivate mutating func blockRule() throws(WireError) -> Order.BlockRule {
        let rule = Order.BlockRule(size: try number(.size), seed: try number())
        guard WireLimits.block.contains(Int(rule.size)) else { throw .outOfRange(.size) }
        return rule
    }

    fileprivate mutating func expectation() throws(WireError) -> Order.Expectation {
        switch try byte() {
        case 0: return .file(try metadata())
        case 1: return .anyFile
        case 2: return .directory
        default: throw .outOfRange(.kind)
        }
    }
}
