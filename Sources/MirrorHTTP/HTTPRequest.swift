package import MirrorCore

/// What somebody asks for, with everything in it that a site may look at.
package struct HTTPRequest: Sendable, Equatable {
    /// What is asked for, of a resource that nobody changes from here.
    package enum Method: Sendable, Equatable { case get, head, other }

    package var method: Method
    /// The path in its parts, decoded: a slash within a part is one of a name.
    package var path: [ByteString]
    /// `?key=value&…`, decoded; of a key that stands twice the last value counts.
    package var query: [ByteString: ByteString]
    /// Header fields by their names in small letters.
    package var fields: [String: String]

    /// nil where the target is no path, or holds what is no encoding.
    package init?(method: Method, target: String, fields: [String: String] = [:]) {
        let bytes = Array(target.utf8)
        guard bytes.first == UInt8(ascii: "/") else { return nil }
        let cut = bytes.firstIndex(of: UInt8(ascii: "?")) ?? bytes.count
        var path: [ByteString] = []
        for part in bytes[1..<cut].split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let decoded = Self.decoded(part) else { return nil }
            path.append(decoded)
        }
        var query: [ByteString: ByteString] = [:]
        for pair in bytes[cut...].dropFirst().split(separator: UInt8(ascii: "&")) {
            let middle = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            guard let key = Self.decoded(pair[..<middle], isForm: true),
                let value = Self.decoded(pair[middle...].dropFirst(), isForm: true)
            else { return nil }
            query[key] = value
        }
        self.method = method
        self.path = path == [""] ? [] : path
        self.query = query
        self.fields = fields
    }

    /// `%2F` and the like as bytes; in a form a plus is a blank. nil where an encoding is cut off or none.
    private static func decoded(_ text: ArraySlice<UInt8>, isForm: Bool = false) -> ByteString? {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            if isForm, byte == UInt8(ascii: "+") {
                bytes.append(0x20)
            } else if byte == UInt8(ascii: "%") {
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            } else {
                bytes.append(byte)
            }
        }
        return ByteString(bytes)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

package struct HTTPAnswer: Sendable, Equatable {
    package var status: Int
    package var type: String
    package var body: ByteString
    package var fields: [String: String] = [:]

    package init(_ status: Int, _ type: String, _ body: ByteString) {
        self.status = status
        self.type = type
        self.body = body
    }

    package static func text(_ status: Int, _ text: ByteString) -> HTTPAnswer {
        HTTPAnswer(status, "text/plain; charset=utf-8", text)
    }
}

/// What becomes of a request.
package enum HTTPReply: Sendable {
    case answer(HTTPAnswer)
    /// Somebody else says, once and from any thread, how the answer is made; that is done on the server's own thread.
    /// Who says nothing in `HTTPLimits.patience` is not waited for.
    case later(@Sendable (@escaping HTTPFinish) -> Void)
    /// The site's events, one after the other, until the other end goes.
    case events
}

package typealias HTTPFinish = @Sendable (@escaping @Sendable () -> HTTPAnswer) -> Void

/// What is served. Asked on the server's own thread, so it may not wait for anything.
package protocol HTTPSite: Sendable {
    func reply(to request: HTTPRequest) -> HTTPReply
    /// Called once a second.
    func tick()
    /// What everybody who has asked for events gets now, in the form of server-sent events; called once a second while
    /// somebody listens, and for everybody who comes.
    func event(isFirst: Bool) -> ByteString
}
