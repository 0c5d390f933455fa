package import MirrorCore

/// A small file as it goes into a `put`, made once for all who get it: only the number and the conditions differ.
package struct EncodedFile: Sendable {
    package let metadata: Metadata
    private let front: [UInt8]
    private let content: [UInt8]

    package init(_ path: RelativePath, _ metadata: Metadata, content: [UInt8]) {
        var writer = WireWriter()
        writer.field(path.bytes)
        writer.metadata(metadata)
        (self.metadata, self.content, front) = (metadata, content, writer.bytes)
    }

    package var byteCount: Int { front.count + content.count }

    /// The whole frame, behind `bytes`; the same as that of `Order.put`.
    package func append(_ id: UInt32, _ conditions: Order.Conditions, to bytes: inout [UInt8]) {
        var writer = WireWriter(bytes)
        bytes = []
        let start = writer.beginFrame()
        writer.begin(Order.putTag, id)
        writer.raw(front)
        writer.byte(conditions.rawValue)
        writer.field(content)
        writer.endFrame(start)
        bytes = writer.bytes
    }
}
