import Glibc
import MirrorCore
import MirrorDaemon
import MirrorLinux
import MirrorTesting
import Testing

@Suite("what is remembered of a source")
struct SourceMemoryTests {
    let tree: TemporaryTree
    let source: DirectoryTree
    let memory: SourceMemory

    init() throws {
        tree = try TemporaryTree()
        source = try tree.directory("source")
        memory = SourceMemory(directory: tree.path + "/state/deep")
    }

    func record(_ change: (inout SourceFacts) -> Void) throws {
        guard case .found(var facts) = SourceSight.look(at: source.root) else { return }
        change(&facts)
        try tree.tree.makeDirectories("state/deep")
        let name = "state/deep/" + SourceRecord.name(for: source.root) + ".source"
        try tree.tree.write(name, SourceRecord.text(of: facts, source: source.root))
    }

    @Test("nothing at first; after it is remembered, emptiness is suspect, also for another process")
    func emptied() throws {
        try source.write("file", "x")
        #expect(memory.look(at: source.root) == SourceReport(isFirstStart: true))
        #expect(memory.look(at: source.root).isFirstStart)
        #expect(memory.remember(source.root, hasContent: true) == nil)
        #expect(memory.look(at: source.root) == SourceReport(followsBrokenRun: true))
        try source.remove("file")
        #expect(SourceMemory(directory: memory.directory).look(at: source.root).suspicion == .emptied)
    }

    @Test("a run that ended in step is no broken run, until the next one has looked")
    func endedInStep() throws {
        #expect(memory.remember(source.root, hasContent: false, inStep: true) == nil)
        #expect(!memory.look(at: source.root).followsBrokenRun)
        #expect(memory.remember(source.root, hasContent: false) == nil)
        #expect(memory.look(at: source.root).followsBrokenRun)
    }

    @Test("deletions that were seen make emptiness right")
    func emptiedKnowingly() throws {
        try source.write("file", "x")
        _ = memory.remember(source.root, hasContent: true)
        try source.remove("file")
        #expect(memory.remember(source.root, hasContent: false) == nil)
        #expect(memory.look(at: source.root) == SourceReport(isEmpty: true, followsBrokenRun: true))
    }

    @Test("a mount that is gone is suspect, and is not remembered by mistake")
    func mountGone() throws {
        try source.write("file", "x")
        try record { $0.mountPoint = source.root }
        let kind = SourceMemoryTests.kind(of: source.root)
        let gone = SourceSuspicion.mountGone(mountPoint: source.root, fileSystem: kind)
        #expect(memory.look(at: source.root).suspicion == gone)
        #expect(memory.remember(source.root, hasContent: true) == nil)
        #expect(memory.look(at: source.root).suspicion == gone)
    }

    @Test("a mount that this run has seen, and that goes before it is remembered, is suspect")
    func mountGoesUnremembered() throws {
        let path = source.root.description
        guard mount("lockstep-test", path, "tmpfs", 0, nil) == 0 else { try Test.cancel("mount(2): errno \(errno)") }
        defer { umount2(path, Int32(MNT_DETACH)) }
        #expect(memory.look(at: source.root) == SourceReport(isEmpty: true, isFirstStart: true))
        #expect(umount2(path, 0) == 0)
        let gone = SourceSuspicion.mountGone(mountPoint: source.root, fileSystem: "tmpfs")
        #expect(memory.look(at: source.root).suspicion == gone)
        #expect(memory.suspicion(of: source.root) == gone)
        #expect(memory.remember(source.root, hasContent: true) == nil)
        // Another run can't know.
        #expect(SourceMemory(directory: memory.directory).look(at: source.root).suspicion == nil)
    }

    static func kind(of path: ByteString) -> ByteString {
        guard case .found(let facts) = SourceSight.look(at: path) else { return "" }
        return facts.fileSystem
    }

    @Test("an operator's word is used up by one look, and rewrites what is remembered")
    func accepted() throws {
        try source.write("file", "x")
        _ = memory.remember(source.root, hasContent: true)
        try source.remove("file")
        try memory.accept(source.root)
        #expect(memory.suspicion(of: source.root) == .emptied)
        let report = memory.look(at: source.root)
        #expect(report.isAccepted && report.suspicion == nil && report.isEmpty)
        #expect(memory.look(at: source.root) == SourceReport(isEmpty: true, followsBrokenRun: true))
    }

    @Test("an operator's word is kept while the source is missing")
    func acceptedWhileMissing() throws {
        try memory.accept(source.root)
        try tree.tree.removeAll("source")
        #expect(memory.look(at: source.root).suspicion == .missing)
        try tree.tree.makeDirectory("source")
        #expect(memory.look(at: source.root).isAccepted)
    }

    @Test("another inode is a remark, until it is remembered")
    func replaced() throws {
        try source.write("file", "x")
        _ = memory.remember(source.root, hasContent: true)
        try record { $0.inode += 1 }
        #expect(memory.look(at: source.root).remark?.contains("inode") == true)
        _ = memory.remember(source.root, hasContent: true)
        #expect(memory.look(at: source.root) == SourceReport(followsBrokenRun: true))
    }

    @Test("a damaged record counts as none, with a remark")
    func damaged() throws {
        try source.write("file", "x")
        try record { _ in }
        try tree.tree.write("state/deep/" + SourceRecord.name(for: source.root) + ".source", "half a")
        let report = memory.look(at: source.root)
        #expect(report.isFirstStart && report.suspicion == nil && report.remark?.contains("damaged") == true)
    }

    @Test("a state directory that cannot be is a remark, and nothing more")
    func unwritable() throws {
        try tree.tree.write("state", "a file")
        #expect(memory.look(at: source.root).isFirstStart)
        #expect(memory.remember(source.root, hasContent: true)?.contains("cannot be remembered") == true)
        #expect(throws: SystemCallError.self) { try memory.accept(source.root) }
    }
}
