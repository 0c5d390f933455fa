import Glibc
package import MirrorCore

/// Paths as the kernel resolves them.
package enum RealPath {
    /// Absolute, without symbolic links; nil where it does not lead anywhere.
    package static func of(_ path: ByteString) -> ByteString? {
        path.withCPath { path in
            guard let resolved = realpath(path, nil) else { return nil }
            defer { free(resolved) }
            return ByteString(
                UnsafeBufferPointer(start: resolved, count: strlen(resolved)).map(UInt8.init(bitPattern:)))
        }
    }

    /// nil also for what is no directory.
    package static func directory(_ path: ByteString) -> ByteString? {
        guard let resolved = of(path) else { return nil }
        let isDirectory = resolved.withCPath { path in
            var status = stat()
            return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
        }
        return isDirectory ? resolved : nil
    }

    /// The directory in which the process stands, as it is now.
    package static func workingDirectory() -> ByteString? { of(".") }
}
