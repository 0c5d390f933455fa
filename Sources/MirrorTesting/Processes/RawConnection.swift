import Glibc
package import MirrorCore

/// A TCP connection to a port of this machine that sends what it is told, good or bad, and keeps what comes back.
package final class RawConnection {
    private let descriptor: Int32
    private var received: [UInt8] = []
    /// The other end has closed it.
    package private(set) var isClosed = false

    /// nil where nobody takes the connection.
    package init?(port: UInt16) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let answer = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard answer == 0 else { return nil }
    }

    deinit { close(descriptor) }

    /// False where the other end takes nothing more.
    @discardableResult
    package func send(_ bytes: ByteString) -> Bool {
        var rest = bytes.bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// What has come up to now.
    package var text: String {
        var buffer = [UInt8](repeating: 0, count: 65536)
        while !isClosed {
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count > 0 {
                received += buffer[..<count]
            } else if count == 0 || errno != EAGAIN && errno != EINTR {
                isClosed = true
            } else {
                break
            }
        }
        return String(decoding: received, as: UTF8.self)
    }
}

/// One request to a server of this machine, and its answer.
package struct RawAnswer: Sendable {
    package var status: Int
    package var head: String
    package var body: String

    /// nil where nobody answers.
    package static func get(_ target: String, port: UInt16, fields: [String] = []) async throws -> RawAnswer? {
        guard let connection = RawConnection(port: port) else { return nil }
        let head = ["GET \(target) HTTP/1.1", "Host: 127.0.0.1", "Connection: close"] + fields
        connection.send(ByteString(head.joined(separator: "\r\n") + "\r\n\r\n"))
        try await Condition.wait(until: "\(target) is answered", deadline: .seconds(60), interval: .milliseconds(2)) {
            _ = connection.text
            return connection.isClosed
        }
        return RawAnswer(connection.text)
    }

    private init?(_ text: String) {
        guard let cut = text.firstRange(of: "\r\n\r\n") else { return nil }
        head = String(text[..<cut.lowerBound])
        body = String(text[cut.upperBound...])
        guard let code = head.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { return nil }
        status = code
    }
}
