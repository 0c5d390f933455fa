package import MirrorCore
import MirrorLinux
import MirrorStatus

/// The status file. A failure to write it is told when it begins and when it ends, and stops nothing.
package struct StatusFile: Sendable {
    private let path: ByteString
    private let log: LogOutput
    private var isFailing = false

    package init(_ path: ByteString, log: LogOutput) {
        self.path = path
        self.log = log
    }

    /// Blocking, like every file.
    package mutating func write(_ text: ByteString) {
        do throws(SystemCallError) {
            try ReplaceableFile.write(path, text.bytes)
            if isFailing { log.write(LogLine(.normal, subject + ": works again")) }
            isFailing = false
        } catch {
            guard !isFailing else { return }
            isFailing = true
            let text =
                ": \(error.cause); it stays as it is and is tried again at every interval, the mirror goes on\n"
                + "  make its directory, make room, or let the user that runs this program write it"
            log.write(LogLine(.error, subject + ByteString(text)))
        }
    }

    private var subject: ByteString { "status file \"" + Shown.name(path) + "\"" }
}
