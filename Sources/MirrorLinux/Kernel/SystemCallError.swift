internal import CLinux
package import MirrorCore

/// A call into the kernel or libc that did not work: which one, on what, and its errno.
package struct SystemCallError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The name of the call, as its manual page has it.
    package let call: String
    /// What it was about; nil where it was about nothing that has a name.
    package let path: ByteString?
    package let errno: Int32

    package init(call: String, path: ByteString? = nil, errno: Int32) {
        self.call = call
        self.path = path
        self.errno = errno
    }

    /// The kernel's words for the errno alone: `Permission denied`.
    package var cause: String { Self.text(of: errno) }

    /// Words for a person: `open "/srv/web": Permission denied`.
    package var description: String {
        guard let path else { return "\(call): \(cause)" }
        return "\(call) \"\(path)\": \(cause)"
    }

    package static func text(of errno: Int32) -> String { String(cString: cl_error_text(errno)) }
}

/// Takes the answer of a shim, which is -errno where the call did not work.
@discardableResult
func checked(_ call: String, _ path: ByteString? = nil, _ answer: Int32) throws(SystemCallError) -> Int32 {
    guard answer >= 0 else { throw SystemCallError(call: call, path: path, errno: -answer) }
    return answer
}
