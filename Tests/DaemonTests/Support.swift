import MirrorCore
import MirrorTesting
import Testing

/// A configuration, the program under both of its names, and what it leaves behind.
struct Trial {
    let tree: TemporaryTree
    let source: DirectoryTree
    let target: DirectoryTree
    /// A link to the program.
    let lsyncd: ByteString
    /// Of the sync.
    let base: String

    init(base: String = "rsync") throws {
        self.base = base
        tree = try TemporaryTree()
        source = try tree.directory("source")
        target = try tree.directory("target")
        lsyncd = tree.path + "/lsyncd"
        try tree.tree.makeLink("lsyncd", to: LockstepProcess.binary)
    }

    /// The state of the program stays in the tree.
    var environment: [String: String] { ["XDG_STATE_HOME": tree.path.description, "HOME": tree.path.description] }

    func write(_ configuration: String, as name: ByteString = "conf") throws {
        try tree.tree.write(name, ByteString(configuration))
    }

    /// A sync of the two directories, and settings.
    func configuration(settings: String = "", sync: String = "") -> String {
        """
        settings{ stateDir = "\(tree.path)/state", \(settings) }
        sync{ default.\(base), source = "\(source.root)", target = "\(target.root)", delay = 1, \(sync) }
        """
    }

    func start(_ words: ByteString..., asLsyncd: Bool = false) throws -> LockstepProcess {
        try LockstepProcess(
            words, environment: environment, directory: tree.path, binary: asLsyncd ? lsyncd : LockstepProcess.binary)
    }

    /// Runs to the end.
    func run(_ words: ByteString..., asLsyncd: Bool = false) async throws -> Ending {
        let process = try LockstepProcess(
            words, environment: environment, directory: tree.path, binary: asLsyncd ? lsyncd : LockstepProcess.binary)
        let exit = try await process.waitForExit()
        return Ending(exit: exit, output: process.output, errors: process.errors)
    }

    struct Ending {
        let exit: ChildProcess.Exit
        let output: String
        let errors: String
    }

    /// Nothing was written: what stands in the tree is what the test put there, and the target is empty.
    func expectUntouched(_ names: Set<ByteString>, location: SourceLocation = #_sourceLocation) throws {
        let expected = names.union(["source", "target", "lsyncd"])
        #expect(Set(try tree.tree.names()) == expected, sourceLocation: location)
        #expect(try target.names().isEmpty, sourceLocation: location)
    }
}
