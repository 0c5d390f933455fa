package import MirrorCore

/// What a file is, without its content.
package struct Metadata: Sendable, Equatable {
    package enum Kind: UInt8, Sendable, Equatable, CaseIterable {
        case regular, directory, symbolicLink, fifo, socket, characterDevice, blockDevice
    }

    package var kind: Kind
    /// Permission bits, with those for set-user-id and the like.
    package var mode: UInt16
    package var user: UInt32
    package var group: UInt32
    package var size: UInt64
    package var seconds: Int64
    package var nanoseconds: UInt32
    /// Of a device.
    package var major: UInt32 = 0
    package var minor: UInt32 = 0
    /// Extended attributes and access lists, in the order of their names; nil where nobody asked for them.
    package var attributes: [ExtendedAttribute]?

    package init(
        kind: Kind, mode: UInt16 = 0o644, owner: (user: UInt32, group: UInt32) = (0, 0), size: UInt64 = 0,
        time: (seconds: Int64, nanoseconds: UInt32) = (0, 0)
    ) {
        self.kind = kind
        self.mode = mode
        (user, group) = owner
        self.size = size
        (seconds, nanoseconds) = time
    }

    /// Whether both were last written at the same moment, to the nanosecond.
    package func hasTime(of other: Metadata) -> Bool {
        seconds == other.seconds && nanoseconds == other.nanoseconds
    }
}

package struct ExtendedAttribute: Sendable, Equatable {
    package var name: ByteString
    package var value: [UInt8]

    package init(name: ByteString, value: [UInt8]) {
        self.name = name
        self.value = value
    }
}

/// A name in a directory of the target.
package struct ListedEntry: Sendable, Equatable {
    package var name: ByteString
    package var metadata: Metadata
    /// Of a symbolic link.
    package var destination: ByteString?
    /// Which file it is; names of one file have the same.
    package var device: UInt64 = 0
    package var inode: UInt64 = 0
    /// What lies below a directory, where a survey has found it.
    package var inside: TreeDigest?

    package init(name: ByteString, metadata: Metadata, destination: ByteString? = nil) {
        self.name = name
        self.metadata = metadata
        self.destination = destination
    }
}

extension WireWriter {
    mutating func metadata(_ value: Metadata) {
        byte(value.kind.rawValue)
        number(value.mode)
        number(value.user)
        number(value.group)
        number(value.size)
        signed(value.seconds)
        number(value.nanoseconds)
        if value.kind == .characterDevice || value.kind == .blockDevice {
            number(value.major)
            number(value.minor)
        }
        guard let attributes = value.attributes else { return byte(0) }
        byte(1)
        number(UInt64(attributes.count))
        for attribute in attributes {
            field(attribute.name.bytes)
            field(attribute.value)
        }
    }

    mutating func entry(_ value: ListedEntry) {
        field(value.name.bytes)
        metadata(value.metadata)
        if value.metadata.kind == .symbolicLink { field(value.destination?.bytes ?? [0x2e]) }
        number(value.device)
        number(value.inode)
        byte(value.inside == nil ? 0 : 1)
        if let inside = value.inside { digest(inside) }
    }

    mutating func digest(_ value: TreeDigest) {
        number(value.high)
        number(value.low)
    }
}

extension WireReader {
    mutating func metadata() throws(WireError) -> Metadata {
        guard let kind = Metadata.Kind(rawValue: try byte()) else { throw .outOfRange(.kind) }
        var value = Metadata(kind: kind)
        value.mode = try number(.mode)
        guard value.mode <= 0o7777 else { throw .outOfRange(.mode) }
        value.user = try number(.number)
        value.group = try number(.number)
        value.size = try number(.size)
        guard value.size <= UInt64(Int64.max) else { throw .outOfRange(.size) }
        value.seconds = try signed()
        value.nanoseconds = try number(.time)
        guard value.nanoseconds < 1_000_000_000 else { throw .outOfRange(.time) }
        if kind == .characterDevice || kind == .blockDevice {
            value.major = try number(.number)
            value.minor = try number(.number)
        }
        value.attributes = try attributes()
        return value
    }

    private mutating func attributes() throws(WireError) -> [ExtendedAttribute]? {
        switch try byte() {
        case 0: return nil
        case 1: break
        default: throw .outOfRange(.attribute)
        }
        var left = WireLimits.attributeBytes
        var attributes: [ExtendedAttribute] = []
        for _ in 0..<(try count(atMost: WireLimits.attributes)) {
            let name = ByteString(try field(.attribute, atMost: WireLimits.name))
            guard !name.isEmpty, !name.bytes.contains(0) else { throw .outOfRange(.attribute) }
            let value = try field(.attribute, atMost: WireLimits.attributeValue)
            left -= name.count + value.count
            guard left >= 0 else { throw .outOfRange(.attribute) }
            attributes.append(ExtendedAttribute(name: name, value: value))
        }
        return attributes
    }

    mutating func entry() throws(WireError) -> ListedEntry {
        var value = ListedEntry(name: try name(), metadata: try metadata())
        if value.metadata.kind == .symbolicLink { value.destination = try destination() }
        value.device = try number()
        value.inode = try number()
        switch try byte() {
        case 0: break
        case 1: value.inside = try digest()
        default: throw .outOfRange(.number)
        }
        return value
    }

    mutating func digest() throws(WireError) -> TreeDigest {
        TreeDigest(high: try number(), low: try number())
    }
}
