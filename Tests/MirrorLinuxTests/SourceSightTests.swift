import MirrorCore
import MirrorLinux
import MirrorTesting
import Testing

@Suite("a look at a source")
struct SourceSightTests {
    func facts(_ look: SourceLook) throws -> SourceFacts {
        guard case .found(let facts) = look else { throw NotFound() }
        return facts
    }
    struct NotFound: Error {}

    @Test("finds the mount, the identity and whether anything is in it")
    func found() throws {
        let tree = try TemporaryTree()
        let directory = try tree.directory("source")
        let empty = try facts(SourceSight.look(at: directory.root))
        #expect(!empty.hasContent)
        #expect(tree.path.hasPrefix(empty.mountPoint))
        #expect(!empty.fileSystem.isEmpty && empty.fileSystem != "unknown")
        let status = try #require(try tree.tree.status("source"))
        #expect(empty.inode == UInt64(status.inode) && empty.device == UInt64(status.device))
        try directory.makeDirectory("lost+found")
        #expect(try !facts(SourceSight.look(at: directory.root)).hasContent)
        try directory.write("file", "x")
        #expect(try facts(SourceSight.look(at: directory.root)).hasContent)
    }

    @Test("tells what is missing from what is no directory")
    func absent() throws {
        let tree = try TemporaryTree()
        try tree.tree.write("file", "x")
        #expect(SourceSight.look(at: tree.path + "/none") == .missing)
        #expect(SourceSight.look(at: tree.path + "/file") == .notDirectory)
    }

    @Test("the empty source is the root directory")
    func root() throws {
        let facts = try facts(SourceSight.look(at: ""))
        #expect(facts.mountPoint == "/" && facts.hasContent)
    }
}

@Suite("the table of mounts")
struct NumberedMountsTests {
    @Test("is read with optional fields, escaped names and lines that are not whole")
    func reading() {
        let table = NumberedMounts(
            """
            21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
            36 21 98:0 /sub /mnt\\040one/a\\134b rw master:1 propagate_from:2 - nfs4 host:/x rw
            40 21 0:5 / /plain rw - tmpfs tmpfs rw
            41 broken
            """)
        #expect(table.mounts.count == 3)
        #expect(table.mount(21)?.fileSystem == "ext4")
        #expect(table.mount(36)?.mountPoint == "/mnt one/a\\b")
        #expect(table.mount(36)?.fileSystem == "nfs4")
        #expect(table.mount(40)?.fileSystem == "tmpfs")
        #expect(table.mount(41) == nil)
    }
}
