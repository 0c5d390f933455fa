/// The hosts of SRV records (RFC 2782) in a message of the domain name system (RFC 1035). Any bytes may come; what
/// is not evidently right is refused whole.
package enum ServiceRecords {
    package struct Record: Sendable, Equatable {
        package var priority: UInt16
        package var host: ByteString
        package var port: UInt16
    }

    package enum Mistake: Error, Equatable {
        case truncated
        /// A name that no host has.
        case badName
        /// The server says that it can't tell.
        case failed(code: Int)
    }

    private static let serviceType: UInt16 = 33
    private static let internet: UInt16 = 1

    /// In the order of priority, then of name and port. A record for the root says that there is no such service.
    package static func records(in message: [UInt8]) throws(Mistake) -> [Record] {
        var reader = Reader(bytes: message)
        _ = try reader.number()
        let flags = try reader.number()
        // Cut off, or an error.
        if flags & 0x0200 != 0 { throw .truncated }
        if flags & 0x000f != 0 { throw .failed(code: Int(flags & 0x000f)) }
        let (questions, answers) = (try reader.number(), try reader.number())
        _ = try reader.number()
        _ = try reader.number()
        for _ in 0..<questions {
            _ = try reader.name()
            _ = try reader.skip(4)
        }
        var found: [Record] = []
        for _ in 0..<answers {
            _ = try reader.name()
            let (type, group) = (try reader.number(), try reader.number())
            _ = try reader.skip(4)
            let length = Int(try reader.number())
            let next = reader.position + length
            if type == serviceType, group == internet {
                let priority = try reader.number()
                _ = try reader.number()
                let port = try reader.number()
                let host = try reader.name()
                guard reader.position <= next else { throw .truncated }
                if !host.isEmpty, port > 0 { found.append(Record(priority: priority, host: host, port: port)) }
            }
            guard next <= message.count else { throw .truncated }
            reader.position = next
        }
        return found.sorted { ($0.priority, $0.host, $0.port) < ($1.priority, $1.host, $1.port) }
    }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        mutating func skip(_ count: Int) throws(Mistake) -> Int {
            guard position + count <= bytes.count else { throw .truncated }
            position += count
            return position
        }

        mutating func number() throws(Mistake) -> UInt16 {
            let start = position
            _ = try skip(2)
            return UInt16(bytes[start]) << 8 | UInt16(bytes[start + 1])
        }

        /// With dots; the root is empty. A pointer leads to an earlier place only, so there is an end.
        mutating func name() throws(Mistake) -> ByteString {
            var labels: [ByteString] = []
            var (place, end, length) = (position, nil as Int?, 0)
            while true {
                guard place < bytes.count else { throw .truncated }
                let size = Int(bytes[place])
                if size == 0 { break }
                if size >= 0xc0 {
                    guard place + 1 < bytes.count else { throw .truncated }
                    let target = (size & 0x3f) << 8 | Int(bytes[place + 1])
                    guard target < place else { throw .badName }
                    end = end ?? place + 2
                    place = target
                    continue
                }
                guard size < 0x40, place + 1 + size <= bytes.count else { throw .badName }
                let label = bytes[(place + 1)...(place + size)]
                length += size + 1
                guard length <= 255, label.allSatisfy(Self.isOfName) else { throw .badName }
                labels.append(ByteString(Array(label)))
                place += size + 1
            }
            position = end ?? place + 1
            return labels.joined(separator: ".")
        }

        private static func isOfName(_ byte: UInt8) -> Bool {
            let isLetter = (0x61...0x7a).contains(byte | 0x20) && byte < 0x80
            return isLetter || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        }
    }
}
