internal import CLinux
import Glibc
package import MirrorCore

/// Sockets of the file system, between programs of one machine. A request is words, each ended by a zero byte, and an
/// empty word last; the answer is bytes up to the end of the connection.
package enum LocalSocket {
    /// The longest request that is read.
    static let requestLimit = 1 << 16

    /// Blocks until the answer has come whole. A program that says nothing for longer than `patience` is given up with
    /// ETIMEDOUT; nil is never.
    package static func ask(
        _ path: ByteString, _ words: [ByteString], patience: Duration? = nil
    ) throws(SystemCallError) -> ByteString {
        let socket = Descriptor(
            try near(path) { near throws(SystemCallError) in
                try checked("connect", path, near.withCPath { cl_local_connect($0) })
            })
        var request: [UInt8] = []
        for word in words where !word.isEmpty { request += word.bytes + [0] }
        try send(request + [0], to: socket.number, path)
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        let wait = patience.map { Int32(clamping: $0.wholeNanoseconds / 1_000_000) } ?? -1
        while true {
            var wanted = pollfd(fd: socket.number, events: Int16(POLLIN), revents: 0)
            let isReadable = poll(&wanted, 1, wait)
            if isReadable < 0, errno == EINTR { continue }
            guard isReadable != 0 else { throw SystemCallError(call: "read", path: path, errno: ETIMEDOUT) }
            let count = read(socket.number, &buffer, buffer.count)
            if count == 0 { return ByteString(answer) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemCallError(call: "read", path: path, errno: errno) }
            answer.append(contentsOf: buffer[..<count])
        }
    }

    private static func send(_ bytes: [UInt8], to socket: Int32, _ path: ByteString) throws(SystemCallError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { cl_local_send(socket, $0.baseAddress, $0.count) }
            if count == -Int(EINTR) { continue }
            guard count > 0 else { throw SystemCallError(call: "send", path: path, errno: Int32(-count)) }
            rest = rest.dropFirst(count)
        }
    }

    /// Hands over a short path to the same file: the address of a socket has room for 107 bytes.
    static func near<Result>(
        _ path: ByteString, _ body: (ByteString) throws(SystemCallError) -> Result
    ) throws(SystemCallError) -> Result {
        guard path.count > 100, let cut = path.bytes.lastIndex(of: UInt8(ascii: "/")) else { return try body(path) }
        let place = ByteString(path.bytes[..<cut])
        let directory = Descriptor(place.withCPath { open($0, cl_open_path | O_DIRECTORY | O_CLOEXEC) })
        guard directory.isOpen else { throw SystemCallError(call: "open", path: place, errno: errno) }
        return try body(ByteString("/proc/self/fd/\(directory.number)") + ByteString(path.bytes[cut...]))
    }
}
