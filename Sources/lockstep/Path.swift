import MirrorCore
import MirrorLinux

enum Path {
    /// A relative path means the directory in which the program was started.
    static func absolute(_ path: ByteString) -> ByteString {
        guard !path.hasPrefix("/"), let directory = try? RealPath.currentDirectory() else { return path }
        return directory + "/" + path
    }
}
