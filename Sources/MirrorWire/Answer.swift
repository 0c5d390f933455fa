package import MirrorCore

/// What the receiver says. Each order with a number gets one answer, `entries` and `alive` aside; answers come in the
/// order of the orders.
package enum Answer: Sendable, Equatable {
    case hello(Hello)
    case done(UInt32, Effects)
    /// The order had no effect, or none that shows; errno of the call that refused.
    case failed(UInt32, errno: UInt32)
    /// A part of a directory, in the order of the names; an empty one where none is left.
    case entries(UInt32, [ListedEntry], isLast: Bool)
    /// Nil where nothing stands there.
    case found(UInt32, ListedEntry?)
    /// Nil where it could not be looked through.
    case surveyed(UInt32, TreeDigest?)
    /// A part of the hashes of a file, in their order, with the file's size.
    case blocks(UInt32, size: UInt64, [ContentHash], isLast: Bool)
    case counted(UInt32, UInt32)
    case pong(UInt32)
    /// Still at an order that takes long.
    case alive
    /// The last word: why the connection ends.
    case refused(ByteString)

    package struct Effects: Sendable, Equatable {
        /// Directories above were missing and have been made.
        package var madeParents = false
        /// It was there already, content and all.
        package var wasThere = false
        /// Nothing had the name before.
        package var isNew = false
        /// Names that are gone by it.
        package var removed: UInt32 = 0

        package init(
            madeParents: Bool = false, wasThere: Bool = false, isNew: Bool = false, removed: UInt32 = 0
        ) {
            self.madeParents = madeParents
            self.wasThere = wasThere
            self.isNew = isNew
            self.removed = removed
        }
    }

    private enum Tag: UInt8 {
        case hello = 65
        case done, failed, entries, found, pong, alive, refused, surveyed, blocks, counted
    }

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
        case .done(let id, let effects):
            writer.begin(Tag.done.rawValue, id)
            writer.byte((effects.madeParents ? 1 : 0) | (effects.wasThere ? 2 : 0) | (effects.isNew ? 4 : 0))
            writer.number(effects.removed)
        case .failed(let id, let errno):
            writer.begin(Tag.failed.rawValue, id)
            writer.number(errno)
        case .entries(let id, let entries, let isLast):
            writer.begin(Tag.entries.rawValue, id)
            writer.byte(isLast ? 1 : 0)
            writer.number(UInt64(entries.count))
            for entry in entries { writer.entry(entry) }
        case .found(let id, let entry):
            writer.begin(Tag.found.rawValue, id)
            writer.byte(entry == nil ? 0 : 1)
            if let entry { writer.entry(entry) }
        case .surveyed(let id, let digest):
            writer.begin(Tag.surveyed.rawValue, id)
            writer.byte(digest == nil ? 0 : 1)
            if let digest { writer.digest(digest) }
        case .blocks(let id, let size, let hashes, let isLast):
            writer.begin(Tag.blocks.rawValue, id)
            writer.number(size)
            writer.byte(isLast ? 1 : 0)
            writer.number(UInt64(hashes.count))
            for hash in hashes { writer.hash(hash) }
        case .counted(let id, let count):
            writer.begin(Tag.counted.rawValue, id)
            writer.number(count)
        case .pong(let id): writer.begin(Tag.pong.rawValue, id)
        case .alive: writer.begin(Tag.alive.rawValue)
        case .refused(let text):
            writer.begin(Tag.refused.rawValue)
            writer.field(Array(text.bytes.prefix(WireLimits.text)))
        }
    }

    /// One message, without its length.
    package init(_ message: ArraySlice<UInt8>) throws(WireError) {
        var reader = WireReader(message)
        let byte = try reader.byte()
        guard let tag = Tag(rawValue: byte) else { throw .unknownMessage(byte) }
        self = try Answer.read(tag, from: &reader)
        try reader.end()
    }

    private static func read(_ tag: Tag, from reader: inout WireReader) throws(WireError) -> Answer {
        switch tag {
        case .hello: return .hello(try reader.hello())
        case .alive: return .alive
        case .refused: return .refused(ByteString(try reader.field(.text, atMost: WireLimits.text)))
        default: break
        }
        let id: UInt32 = try reader.number(.number)
        switch tag {
        case .done:
            let flags = try reader.byte()
            guard flags < 8 else { throw .outOfRange(.number) }
            let removed: UInt32 = try reader.number(.count)
            return .done(
                id,
                Effects(
                    madeParents: flags & 1 != 0, wasThere: flags & 2 != 0, isNew: flags & 4 != 0,
                    removed: removed))
        case .failed: return .failed(id, errno: try reader.number(.number))
        case .entries:
            let isLast = try reader.flag()
            var entries: [ListedEntry] = []
            for _ in 0..<(try reader.count(atMost: WireLimits.entriesInMessage)) { entries.append(try reader.entry()) }
            return .entries(id, entries, isLast: isLast)
        case .blocks:
            let (size, isLast): (UInt64, Bool) = (try reader.number(), try reader.flag())
            var hashes: [ContentHash] = []
            for _ in 0..<(try reader.count(atMost: WireLimits.entriesInMessage)) { hashes.append(try reader.hash()) }
            return .blocks(id, size: size, hashes, isLast: isLast)
        case .counted: return .counted(id, try reader.number(.count))
        case .found: return .found(id, try reader.flag() ? try reader.entry() : nil)
        case .surveyed: return .surveyed(id, try reader.flag() ? try reader.digest() : nil)
        default: return .pong(id)
        }
    }
}

extension WireReader {
    fileprivate mutating func flag() throws(WireError) -> Bool {
        switch try byte() {
        case 0: false
        case 1: true
        default: throw .outOfRange(.number)
        }
    }
}
