import MirrorCore
import MirrorLinux
import MirrorTesting
import MirrorTransfer
import Testing

@Suite("What may hide behind a transfer that has just gone")
struct HidingTests {
    /// The file was written two seconds before the transfer in question.
    private func hides(isMoved: Bool) throws -> Bool {
        let source = try TemporaryTree()
        try source.tree.write("f", "x")
        try source.tree.setTime("f", seconds: Int(WallClock.now().seconds) - 2)
        var look = SourceLook(source.path)
        let now = Clock.now()
        let listed = look.list([Change("f", isMoved: isMoved)], findsObstacles: false, hiding: now...now)
        return try #require(listed.first).mayHide
    }

    @Test("two files of one second may have gone a moment after it, and changed places then")
    func moved() throws { #expect(try hides(isMoved: true)) }

    @Test("what was written before the transfer, and only that, went with it")
    func written() throws { #expect(try !hides(isMoved: false)) }
}
