/// Where the state of the program is served over HTTP.
package struct HTTPSettings: Sendable, Equatable {
    /// In numbers: names would have to be asked for.
    package var address: String
    package var port: UInt16
    /// Whoever asks has to know it.
    package var token: ByteString?

    package init(address: String, port: UInt16, token: ByteString? = nil) {
        self.address = address
        self.port = port
        self.token = token
    }

    /// `127.0.0.1:9180`, `[::1]:9180`, or a port, which means this machine alone.
    package init?(_ text: ByteString) {
        let text = text.description
        guard let cut = text.lastIndex(of: ":") else {
            guard let port = UInt16(text), port > 0 else { return nil }
            self.init(address: "127.0.0.1", port: port)
            return
        }
        var address = String(text[..<cut])
        let isBracketed = address.hasPrefix("[") && address.hasSuffix("]")
        if isBracketed { address = String(address.dropFirst().dropLast()) }
        guard let port = UInt16(text[text.index(after: cut)...]), port > 0,
            isBracketed ? Self.isSixth(address) : Self.isFourth(address)
        else { return nil }
        self.init(address: address, port: port)
    }

    /// As it is written in an address of a browser.
    package var shown: String { (address.contains(":") ? "[\(address)]" : address) + ":\(port)" }

    package var isLocal: Bool { address.hasPrefix("127.") || address == "::1" }

    private static func isFourth(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }

    /// Whether it looks so; the kernel says whether it is one.
    private static func isSixth(_ text: String) -> Bool {
        text.contains(":")
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
                    UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: ":"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}
