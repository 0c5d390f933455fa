extension [UInt8] {
    /// Where `phrase` stands first. Messages of other programs may be megabytes long and are searched for many phrases,
    /// so this takes about as long as reading them.
    package func firstPlace(of phrase: StaticString) -> Range<Int>? {
        phrase.withUTF8Buffer { wanted in
            withUnsafeBufferPointer { Self.firstPlace(of: wanted, in: $0) }
        }
    }

    package func holds(_ phrase: StaticString) -> Bool { firstPlace(of: phrase) != nil }

    private static func firstPlace(
        of wanted: UnsafeBufferPointer<UInt8>, in text: UnsafeBufferPointer<UInt8>
    ) -> Range<Int>? {
        guard let first = wanted.first, wanted.count <= text.count else { return wanted.isEmpty ? 0..<0 : nil }
        let last = text.count - wanted.count
        var start = 0
        while start <= last {
            if text[start] == first {
                var matched = 1
                while matched < wanted.count, text[start + matched] == wanted[matched] { matched += 1 }
                if matched == wanted.count { return start..<(start + matched) }
            }
            start += 1
        }
        return nil
    }

    /// ASCII letters as small ones; all other bytes as they are.
    package var lowercased: [UInt8] {
        map { 0x41...0x5a ~= $0 ? $0 | 0x20 : $0 }
    }
}
