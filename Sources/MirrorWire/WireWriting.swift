import MirrorCore

/// Puts fields behind each other. Numbers take seven bits a byte, the lowest first, so that small ones are short.
struct WireWriter {
    private(set) var bytes: [UInt8]

    init(_ bytes: [UInt8] = []) { self.bytes = bytes }

    mutating func byte(_ value: UInt8) { bytes.append(value) }

    mutating func number(_ value: some FixedWidthInteger & UnsignedInteger) {
        var rest = UInt64(value)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Small negative numbers are short too.
    mutating func signed(_ value: Int64) {
        number(UInt64(bitPattern: value << 1 ^ value >> 63))
    }

    /// Sixteen bytes, since seven bits a byte would make it longer.
    mutating func hash(_ value: ContentHash) {
        for half in [value.high, value.low] {
            for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: half >> shift)) }
        }
    }

    /// Fields that have been written elsewhere.
    mutating func raw(_ value: [UInt8]) { bytes.append(contentsOf: value) }

    mutating func field(_ value: [UInt8]) {
        number(UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    mutating func begin(_ tag: UInt8, _ id: UInt32? = nil, _ path: RelativePath? = nil) {
        byte(tag)
        if let id { number(id) }
        if let path { field(path.bytes) }
    }

    /// Begins a frame: four bytes for its length, which `endFrame` writes.
    mutating func beginFrame() -> Int {
        let start = bytes.count
        bytes.append(contentsOf: [0, 0, 0, 0])
        return start
    }

    mutating func endFrame(_ start: Int) {
        let length = bytes.count - start - 4
        precondition(length > 0 && length <= WireLimits.frame, "a message of \(length) bytes")
        for index in 0..<4 { bytes[start + index] = UInt8(truncatingIfNeeded: length >> (8 * index)) }
    }
}

/// Takes fields from the front of a message.
struct WireReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    func end() throws(WireError) {
        guard rest.isEmpty else { throw .trailing }
    }

    mutating func byte() throws(WireError) -> UInt8 {
        guard let byte = rest.popFirst() else { throw .truncated }
        return byte
    }

    mutating func number() throws(WireError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            let byte = try byte()
            // The tenth byte has room for one bit.
            guard shift < 63 || byte < 2 else { throw .outOfRange(.number) }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 {
                // One form for each number.
                guard byte != 0 || shift == 0 else { throw .outOfRange(.number) }
                return value
            }
        }
        throw .outOfRange(.number)
    }

    mutating func number<Number: FixedWidthInteger>(_ field: WireError.Field) throws(WireError) -> Number {
        guard let value = Number(exactly: try number()) else { throw .outOfRange(field) }
        return value
    }

    mutating func signed() throws(WireError) -> Int64 {
        let value = try number()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    mutating func hash() throws(WireError) -> ContentHash {
        ContentHash(high: try word(), low: try word())
    }

    private mutating func word() throws(WireError) -> UInt64 {
        guard rest.count >= 8 else { throw .truncated }
        defer { rest = rest.dropFirst(8) }
        return rest.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func field(_ name: WireError.Field, atMost limit: Int) throws(WireError) -> [UInt8] {
        let count: Int = try number(name)
        guard count <= limit else { throw .outOfRange(name) }
        guard count <= rest.count else { throw .truncated }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    /// A count of things that follow, each of which takes at least a byte.
    mutating func count(atMost limit: Int) throws(WireError) -> Int {
        let count: Int = try number(.count)
        guard count <= limit else { throw .outOfRange(.count) }
        guard count <= rest.count else { throw .truncated }
        return count
    }

    mutating func path() throws(WireError) -> RelativePath {
        let bytes = try field(.path, atMost: WireLimits.path)
        // What is not written as a path is written is no path: nothing is mended.
        guard let path = RelativePath(bytes), path.bytes == bytes else { throw .outOfRange(.path) }
        return path
    }

    mutating func name() throws(WireError) -> ByteString {
        let bytes = try field(.name, atMost: WireLimits.name)
        let isPlain = !bytes.isEmpty && !bytes.contains(0) && !bytes.contains(UInt8(ascii: "/"))
        guard isPlain, bytes != [0x2e], bytes != [0x2e, 0x2e] else { throw .outOfRange(.name) }
        return ByteString(bytes)
    }

    /// What a symbolic link says.
    mutating func destination() throws(WireError) -> ByteString {
        let bytes = try field(.destination, atMost: WireLimits.path)
        guard !bytes.isEmpty, !bytes.contains(0) else { throw .outOfRange(.destination) }
        return ByteString(bytes)
    }
}
