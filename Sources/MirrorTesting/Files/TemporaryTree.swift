import Glibc
package import MirrorCore

/// A directory of its own for one test, removed with everything in it when the last reference goes, and by the guardian
/// when the test program crashes.
package final class TemporaryTree: Sendable {
    package enum Place: Sendable {
        /// On disk (or what $TMPDIR says).
        case disk
        /// In memory, where that can be: a file system of its own. Whoever watches a file system as a whole is not
        /// told then what hundreds of other tests do.
        case memory
    }

    package let tree: DirectoryTree
    private let isMounted: Bool
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
        isMounted = place == .memory && mount("lockstep-test", template, "tmpfs", 0, "mode=0755") == 0
        if isMounted { Guardian.shared.watch(mount: tree.root) }
    }

    deinit {
        if isMounted {
            _ = CPath(tree.root).withPointer { umount2($0, Int32(MNT_DETACH)) }
            Guardian.shared.forget(mount: tree.root)
        }
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
