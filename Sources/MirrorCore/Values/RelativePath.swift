/// A place below a source, as bytes: no slash at either end, no empty component, no `.` or `..`. The root is empty.
package struct RelativePath: Hashable, Sendable, Comparable, CustomStringConvertible, ExpressibleByStringLiteral {
    package let bytes: [UInt8]

    package static let root = RelativePath(uncheckedBytes: [])
    private static let slash = UInt8(ascii: "/")

    /// The caller promises the form described above.
    package init(uncheckedBytes bytes: [UInt8]) { self.bytes = bytes }

    /// Drops slashes at both ends and between; nil when a component is `.` or `..`, or holds a zero byte.
    package init?(_ bytes: some Sequence<UInt8>) {
        let parts = Array(bytes).split(separator: Self.slash)
        let isPlain = parts.allSatisfy { part in
            !part.elementsEqual([0x2e]) && !part.elementsEqual([0x2e, 0x2e]) && !part.contains(0)
        }
        guard isPlain else { return nil }
        self.bytes = Array(parts.joined(separator: [Self.slash]))
    }

    package init(stringLiteral value: StaticString) {
        self.bytes = value.withUTF8Buffer { Array($0) }
    }

    package var isRoot: Bool { bytes.isEmpty }
    package var description: String { "/" + String(decoding: bytes, as: UTF8.self) }
    package var byteString: ByteString { ByteString(bytes) }

    /// All at once: an array hashes its elements one by one.
    package func hash(into hasher: inout Hasher) { bytes.withUnsafeBytes { hasher.combine(bytes: $0) } }

    package static func < (left: RelativePath, right: RelativePath) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }

    /// The directory that holds it; nil for the root.
    package var parent: RelativePath? {
        guard !isRoot else { return nil }
        guard let cut = bytes.lastIndex(of: Self.slash) else { return .root }
        return RelativePath(uncheckedBytes: Array(bytes[..<cut]))
    }

    package var name: ByteString {
        guard let cut = bytes.lastIndex(of: Self.slash) else { return ByteString(bytes) }
        return ByteString(Array(bytes[(cut + 1)...]))
    }

    /// The caller promises that `name` is one component.
    package func appending(_ name: some Collection<UInt8>) -> RelativePath {
        guard !isRoot else { return RelativePath(uncheckedBytes: Array(name)) }
        var joined = bytes
        joined.reserveCapacity(bytes.count + 1 + name.count)
        joined.append(Self.slash)
        joined.append(contentsOf: name)
        return RelativePath(uncheckedBytes: joined)
    }

    /// True for the path itself and for everything below it; the root contains all.
    package func contains(_ other: RelativePath) -> Bool {
        if isRoot { return true }
        guard other.bytes.count >= bytes.count, other.bytes.starts(with: bytes) else { return false }
        return other.bytes.count == bytes.count || other.bytes[bytes.count] == Self.slash
    }
}
