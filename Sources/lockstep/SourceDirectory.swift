import MirrorCore
import MirrorLinux

enum SourceDirectory {
    /// Absolute and without symbolic links; nil for what is missing or no directory.
    static func real(_ path: ByteString) -> ByteString? {
        guard let real = try? RealPath.resolve(path), let facts = try? FileFacts.at(real), facts.kind == .directory
        else { return nil }
        return real
    }
}
