package import MirrorCore

/// Calls `body` with a null-terminated array of C strings; nil when one of them holds a zero byte.
func withCStrings<Result>(
    _ words: [ByteString], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result? {
    var flat: [CChar] = []
    var starts: [Int] = []
    for word in words {
        guard !word.bytes.contains(0) else { return nil }
        starts.append(flat.count)
        flat.append(contentsOf: word.bytes.map { CChar(bitPattern: $0) })
        flat.append(0)
    }
    flat.append(0)
    return flat.withUnsafeMutableBufferPointer { buffer in
        var pointers: [UnsafeMutablePointer<CChar>?] = starts.map { buffer.baseAddress! + $0 }
        pointers.append(nil)
        return pointers.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
    }
}

extension ByteString {
    /// Calls `body` with the path as the kernel wants it. A zero byte ends it, as everywhere in the kernel.
    package func withCPath<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        (bytes + [0]).withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { body($0.baseAddress!) }
        }
    }
}
