import Glibc
package import MirrorCore

/// A directory of its own for one test, removed with everything in it when the last reference goes, and by the guardian
/// when the test program crashes.
package final class TemporaryTree: Sendable {
    package enum Place: Sendable {
        /// On disk (or what $TMPDIR says).
        case disk
        /// In memory: for everything that creates many files.
        case memory
    }

    package let tree: DirectoryTree
    package var path: ByteString { tree.root }

    package init(_ place: Place = .memory) throws {
        let configured = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        let parent = place == .memory ? "/dev/shm" : configured
        var template = Array((parent + "/lockstep-test-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemCallFailure("create a directory in", ByteString(parent)) }
        // The mode of mkdtemp is 0700; some tests look through it as another user.
        chmod(template, 0o755)
        tree = DirectoryTree(ByteString(template.dropLast().map { UInt8(bitPattern: $0) }))
        Guardian.shared.watch(directory: tree.root)
    }

    deinit {
        let parent = DirectoryTree(ByteString(tree.root.bytes.prefix(upTo: slash)))
        let name = ByteString(tree.root.bytes.suffix(from: slash + 1))
        do {
            try parent.removeAll(name)
            Guardian.shared.forget(directory: tree.root)
        } catch {
            // Something still writes there or a mount is left: the guardian tries again at the end of the program.
            return
        }
    }

    /// A directory below, made on first use.
    package func directory(_ name: ByteString) throws -> DirectoryTree {
        try tree.makeDirectories(name)
        return DirectoryTree(tree.path(name))
    }

    private var slash: Int { tree.root.bytes.lastIndex(of: UInt8(ascii: "/")) ?? 0 }
}
