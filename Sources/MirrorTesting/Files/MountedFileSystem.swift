import Glibc
package import MirrorCore

/// A file system of its own for one test, mounted in a directory in memory and gone with the last reference; the
/// guardian sees to it when the test program crashes.
package final class MountedFileSystem: Sendable {
    private let place: TemporaryTree
    package let kind: FileSystem
    package var path: ByteString { place.path + "/fs" }

    /// Throws where it can't be made here; the error says why. `isLarge`: with room for some hundred thousand files.
    package init(_ kind: FileSystem, isLarge: Bool = false) async throws {
        self.kind = kind
        place = try TemporaryTree()
        try place.tree.makeDirectory("fs")
        Guardian.shared.watch(mount: place.path + "/fs")
        Guardian.shared.watch(mount: place.path + "/image")
        let words: [ByteString] = [
            "bash", "-ec", ByteString(isLarge ? kind.largeScript : kind.script), "mount", path, place.path + "/image",
        ]
        let script = try ChildProcess(words)
        guard try await script.waitForExit() == .code(0) else {
            throw FixtureError("\(kind.rawValue) can't be made here: \(script.errorText)")
        }
    }

    deinit {
        // The overlay's lower tree is a mount of its own beside it.
        for mount in [path, place.path + "/image"] {
            _ = CPath(mount).withPointer { umount2($0, Int32(MNT_DETACH)) }
            Guardian.shared.forget(mount: mount)
        }
    }
}
