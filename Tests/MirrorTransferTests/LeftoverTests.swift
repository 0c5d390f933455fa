import MirrorCore
import MirrorTesting
import MirrorTransfer
import Testing

@Suite("Temporary files that a broken rsync leaves at the target")
struct LeftoverTests {
    /// The first call leaves what a killed rsync leaves in `d` and in the root; the later ones are real.
    private func bench() throws -> (TransferBench, ByteString) {
        let bench = try TransferBench()
        for directory in ["d", "other"] as [ByteString] { try bench.source.makeDirectory(directory) }
        for name in ["d/f", "top", "other/g"] as [ByteString] { try bench.source.write(name, "content") }
        let wrapper = try bench.wrapper(
            #"""
            if [ ! -e '\#(bench.scratch.path)/broke' ]; then
              touch '\#(bench.scratch.path)/broke'
              mkdir -p '\#(bench.target.root)/d'
              touch '\#(bench.target.root)/d/.f.AbC123' '\#(bench.target.root)/.top.xyz987'
              kill -KILL $$
            fi
            exec rsync "$@"
            """#)
        return (bench, wrapper)
    }

    private func isFailed(_ outcome: Outcome) -> Bool {
        if case .failed = outcome.result { true } else { false }
    }

    @Test("go with the retry, in both forms", arguments: [0, RsyncWords.listLimit])
    func areSwept(more: Int) async throws {
        let (bench, wrapper) = try bench()
        let transfer = bench.transfer { _, rsync, _ in rsync.binary = wrapper }
        let paths: [ByteString] = ["d/f", "top"] + (0..<more).map { ByteString("none/\($0)") }
        #expect(isFailed(await transfer.run(bench.job(paths))))
        #expect(try bench.target.names("d") == [".f.AbC123"])
        #expect(await transfer.run(bench.job(paths)).result == .done)
        #expect(try bench.target.names("d") == ["f"])
        #expect(try bench.target.names() == ["d", "top"])
    }

    @Test("nothing else goes with them, and later jobs look no more")
    func nothingElse() async throws {
        let (bench, wrapper) = try bench()
        let transfer = bench.transfer { sync, rsync, _ in
            rsync.binary = wrapper
            sync.excludes = [".precious.*"]
        }
        #expect(isFailed(await transfer.run(bench.job(["d/f"]))))
        try bench.source.write("d/.mine.sixsix", "of the source")
        for name in [".hidden", ".precious.abcdef", "plain.abcdef", ".longer.abcdefg", ".f.abcde"] as [ByteString] {
            try bench.target.write("d/" + name, "of the target")
        }
        #expect(await transfer.run(bench.job(["d/f"])).result == .done)
        let left: [ByteString] = [
            ".f.abcde", ".hidden", ".longer.abcdefg", ".mine.sixsix", ".precious.abcdef", "f", "plain.abcdef",
        ]
        #expect(try bench.target.names("d") == left)
        try bench.target.write("d/.f.qwerty", "made by somebody else")
        #expect(await transfer.run(bench.job(["d/f"])).result == .done)
        #expect(try bench.target.status("d/.f.qwerty") != nil)
    }

    @Test("stay where nothing may be deleted, and go when it may")
    func heldDeletions() async throws {
        let (bench, wrapper) = try bench()
        let transfer = bench.transfer { _, rsync, _ in rsync.binary = wrapper }
        #expect(isFailed(await transfer.run(bench.job(["d/f"]))))
        #expect(await transfer.run(bench.job(.changes([Change("d/f")]), deletes: false)).result == .done)
        #expect(try bench.target.names("d") == [".f.AbC123", "f"])
        #expect(await transfer.run(bench.job(["other/g"])).result == .done)
        #expect(try bench.target.names("d") == ["f"])
    }

    @Test("in more directories than are named they make everything owed, once")
    func tooMany() {
        var leftovers = Leftovers()
        func job(_ changes: [Change]) -> Job { Job(id: JobID(1), target: TargetID(0), scope: .changes(changes)) }
        let many = (0...Leftovers.limit).map { Change(RelativePath(uncheckedBytes: Array("d\($0)/f".utf8))) }
        leftovers.note(job(many))
        #expect(leftovers.directories.count == Leftovers.limit)
        let rest = leftovers.sweep(job(many), leftovers.directories.sorted())
        #expect(rest?.change == Change(.root, isSubtree: true))
        #expect(leftovers == Leftovers())
        #expect(leftovers.sweep(job(many), []) == nil)
    }
}
