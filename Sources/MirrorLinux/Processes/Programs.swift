import Glibc
package import MirrorCore

/// Where programs are.
package enum Programs {
    /// The absolute path of a program: the first executable file of that name in `path` (directories between colons;
    /// nil is PATH of this program). A name with a slash means itself. nil when there is none.
    package static func find(_ name: ByteString, path: ByteString? = nil) -> ByteString? {
        guard !name.isEmpty else { return nil }
        if name.bytes.contains(UInt8(ascii: "/")) { return isProgram(name) ? name : nil }
        let directories = (path ?? environmentPath).split(separator: UInt8(ascii: ":"))
        return directories.lazy.map { ($0.isEmpty ? "." : $0) + "/" + name }.first(where: isProgram)
    }

    private static var environmentPath: ByteString {
        getenv("PATH").map { ByteString(String(cString: $0)) } ?? "/usr/local/bin:/usr/bin:/bin"
    }

    private static func isProgram(_ path: ByteString) -> Bool {
        path.withCPath { path in
            var facts = stat()
            return stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
        }
    }
}
