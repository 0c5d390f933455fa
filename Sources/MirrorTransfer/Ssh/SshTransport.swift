package import MirrorCore

/// How one transfer reaches a host: the words of the remote shell up to the host's name.
package struct SshTransport: Sendable, Equatable {
    /// The program first.
    package var words: [ByteString]
    /// It goes through the master connection with this number.
    package var master: UInt64?

    /// Never asks, never waits for long, and notices a dead link within 15 s. Host keys are the person's business.
    package static let safeWords: [ByteString] = [
        "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3",
    ]

    static let plain = SshTransport(words: ["ssh"] + safeWords)

    static func shared(socket: ByteString, master: UInt64) -> SshTransport {
        SshTransport(words: ["ssh", "-S", socket, "-o", "ControlMaster=no"] + safeWords, master: master)
    }

    /// For RSYNC_RSH, which rsync splits at blanks; none of these words holds one.
    package var asOneWord: ByteString { words.joined(separator: " ") }

    /// `user@host` as rsync hands it to the remote shell.
    package static func hostWords(_ host: ByteString) -> [ByteString] {
        guard let at = host.bytes.lastIndex(of: UInt8(ascii: "@")) else { return [host] }
        return ["-l", ByteString(Array(host.bytes[..<at])), ByteString(Array(host.bytes[(at + 1)...]))]
    }
}
