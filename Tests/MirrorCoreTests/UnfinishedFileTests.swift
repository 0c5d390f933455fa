import MirrorCore
import Testing

@Suite("Files that somebody is writing")
struct UnfinishedFileTests {
    /// A running daemon whose targets are in step.
    private func scene(
        interval: Duration? = .seconds(60), delay: Duration = .seconds(1), limits: Limits = Limits()
    ) -> Scene {
        var scene = Scene(
            limits: limits, settings: { $0.openFileInterval = interval }, sync: { $0.delay = delay })
        scene.goInStep()
        return scene
    }

    private func looked(_ path: RelativePath, _ look: FileLook) -> Event {
        .filesLooked(SourceID(0), [LookedFile(path, look)])
    }

    @Test("a file that is made goes when it is closed, and is not looked at where that is soon")
    func closed() {
        var scene = scene()
        scene.notice(.writing("a"), .touched("a", isDirectory: false))
        #expect(scene.pass(.seconds(1)).looks.isEmpty)
        #expect(scene.running?.paths == ["a"])
    }

    @Test("while it is open nothing of it goes, whatever else happens to its attributes")
    func open() {
        var scene = scene()
        scene.notice(.writing("a"), .touched("b", isDirectory: false))
        #expect(scene.pass(UnfinishedFiles.firstLook).looks == [["a"]])
        scene.happen(looked("a", .open))
        scene.notice(.happened(.attributes, "a", isDirectory: false))
        scene.pass(.seconds(1))
        #expect(scene.running?.paths == ["b"])
        scene.finishAll()
        scene.notice(.touched("a", isDirectory: false))
        scene.pass(.seconds(1))
        #expect(scene.running?.paths == ["a"])
    }

    @Test("what has no close goes after a look")
    func looked() {
        var scene = scene(delay: .zero)
        scene.notice(.writing("link"))
        scene.pass(UnfinishedFiles.firstLook)
        scene.happen(looked("link", .ready))
        #expect(scene.running?.paths == ["link"])
    }

    @Test("an answer that is older than the last writing says nothing")
    func stale() {
        var scene = scene(delay: .zero)
        scene.notice(.writing("a"))
        scene.pass(UnfinishedFiles.firstLook)
        scene.now = scene.now + .milliseconds(1)
        scene.notice(.writing("a"))
        scene.happen(looked("a", .ready))
        #expect(scene.running == nil)
        #expect(scene.pass(UnfinishedFiles.firstLook).looks == [["a"]])
        scene.happen(looked("a", .ready))
        #expect(scene.running?.paths == ["a"])
    }

    @Test("where nobody can tell, a file goes when it has been quiet for fileQuiet")
    func quiet() {
        var scene = scene(delay: .zero)
        scene.notice(.writing("a"))
        scene.pass(UnfinishedFiles.firstLook)
        scene.happen(looked("a", .unknown))
        scene.pass(.seconds(1))
        scene.notice(.writing("a"))
        scene.pass(.seconds(1))
        scene.happen(looked("a", .unknown))
        #expect(scene.running == nil)
        scene.pass(.seconds(1))
        scene.happen(looked("a", .unknown))
        #expect(scene.running?.paths == ["a"])
    }

    @Test("a file that stays open goes once in openFileInterval while it is written, and not while it is not")
    func interval() {
        var scene = scene(delay: .zero)
        for _ in 0..<3 {
            scene.notice(.writing("log"))
            let begun = scene.now
            while scene.now < begun + .seconds(50) {
                if scene.passToDeadline().looks == [["log"]] { scene.happen(looked("log", .open)) }
                #expect(scene.running == nil || scene.now >= begun + .seconds(60))
            }
            scene.now = begun + .seconds(60)
            scene.happen(.deadlineReached)
            #expect(scene.running?.paths == ["log"])
            scene.finishAll()
        }
        for _ in 0..<20 { #expect(scene.passToDeadline().jobs.isEmpty) }
    }

    @Test("what has become due goes although somebody goes on writing")
    func offered() {
        var scene = scene(delay: .seconds(15))
        scene.notice(.writing("log"))
        scene.pass(.seconds(60))
        scene.happen(looked("log", .open))
        scene.notice(.writing("log"))
        scene.pass(.seconds(15))
        #expect(scene.running?.paths == ["log"])
    }

    @Test("without an interval a file that stays open never goes")
    func never() {
        var scene = scene(interval: nil)
        scene.notice(.writing("log"))
        for _ in 0..<100 {
            if scene.passToDeadline().looks == [["log"]] { scene.happen(looked("log", .open)) }
            #expect(scene.running == nil)
        }
    }

    @Test("a file that was closed, waits for its batch, and is opened again is left out of it")
    func reopened() {
        var scene = scene(delay: .seconds(15))
        scene.notice(.touched("a", isDirectory: false), .touched("b", isDirectory: false))
        scene.notice(.writing("a"))
        scene.pass(.seconds(15))
        #expect(scene.running?.paths == ["b"])
    }

    @Test("what failed and is being written again is tried when it is ready, and stays owed")
    func failedBefore() {
        var scene = scene(delay: .zero)
        scene.notice(.touched("a", isDirectory: false))
        let failure = PathFailure(Change("a"), kind: .other, text: "refused")
        scene.happen(.transferEnded(scene.running!.id, Outcome(.partial([failure]))))
        scene.notice(.writing("a"))
        for _ in 0..<5 {
            if scene.passToDeadline().looks == [["a"]] { scene.happen(looked("a", .open)) }
            #expect(scene.running == nil)
            #expect(!scene.mirror().isInStep(scene.mirrors.sources[0].log))
        }
        scene.notice(.touched("a", isDirectory: false))
        #expect(scene.running?.paths == ["a"])
    }

    @Test("a rename of an open file, or of its directory, is no close")
    func renamed() {
        var scene = scene(delay: .zero)
        scene.notice(.writing("a"))
        scene.notice(.renamed(from: "a", to: "b", isDirectory: false))
        #expect(scene.running?.paths == ["a"])
        scene.finishAll()
        scene.notice(.touched("b", isDirectory: false))
        #expect(scene.running?.paths == ["b"])
        scene.finishAll()
        scene.notice(.writing("d/c"))
        scene.notice(.renamed(from: "d", to: "e", isDirectory: true))
        #expect(scene.running?.unfinished == ["e/c"])
    }

    @Test("an answer about a name from before its directory was renamed is asked for again")
    func renamedWhileLooking() {
        var scene = scene(delay: .zero)
        scene.notice(.writing("d/c"))
        #expect(scene.pass(UnfinishedFiles.firstLook).looks == [["d/c"]])
        scene.notice(.renamed(from: "d", to: "e", isDirectory: true))
        scene.finishAll()
        scene.happen(looked("d/c", .ready))
        #expect(scene.pass(UnfinishedFiles.firstLook).looks == [["e/c"]])
        scene.happen(looked("e/c", .ready))
        #expect(scene.running?.paths == ["e/c"])
    }

    @Test("a comparison leaves out what is written below it, and what is found so by others; both go later")
    func comparison() {
        var scene = scene(delay: .zero)
        scene.notice(.writing("d/a"), .writing("x"), .lost("d", reason: .overflow))
        #expect(scene.running?.unfinished == ["d/a"])
        var outcome = Outcome(.done)
        outcome.unfinished = ["d/b"]
        scene.happen(.transferEnded(scene.running!.id, outcome))
        #expect(scene.running == nil)
        for path in ["d/a", "d/b", "x"] as [RelativePath] {
            scene.notice(.touched(path, isDirectory: false))
            #expect(scene.running?.paths == [path])
            scene.finishAll()
        }
    }

    @Test("after a loss everything is looked at, since a close may be among what was lost")
    func lost() {
        var scene = scene(delay: .zero)
        scene.notice(.writing("a"))
        scene.pass(UnfinishedFiles.firstLook)
        scene.happen(looked("a", .open))
        let actions = scene.notice(.lost(.root, reason: .overflow))
        #expect(actions.looks == [["a"]])
        scene.finishAll()
        scene.happen(looked("a", .ready))
        #expect(scene.running?.paths == ["a"])
    }

    @Test("a file that is gone is not waited for")
    func gone() {
        var scene = scene(delay: .zero)
        scene.notice(.writing("d/a"), .disappeared("d/a", isDirectory: false))
        #expect(scene.running?.paths == ["d/a"])
        scene.finishAll()
        scene.notice(.writing("d/a"), .disappeared("d", isDirectory: true))
        scene.finishAll()
        #expect(scene.pass(.seconds(100)).looks.isEmpty)
    }

    @Test("beyond the bound files go as they are")
    func bound() {
        var limits = Limits()
        limits.unfinishedFiles = 2
        var scene = scene(delay: .zero, limits: limits)
        scene.notice(.writing("a"), .writing("b"), .writing("c"))
        #expect(scene.running?.paths == ["c"])
    }

    @Test("a flush waits for what was written and is not open, and not for what is")
    func flush() {
        for (look, isAnswered) in [(FileLook.open, true), (.ready, false), (.unknown, false)] {
            var scene = scene()
            scene.notice(.writing("a"))
            scene.happen(.flushRequested(FlushID(1), [TargetID(0)]))
            #expect(scene.happen(.queueRead(SourceID(0), FlushID(1))).looks == [["a"]])
            let actions = scene.happen(looked("a", look))
            #expect(actions.contains(.answerFlush(FlushID(1), refused: [])) == isAnswered)
        }
    }

    @Test("a program that ends while somebody writes has not ended in step")
    func ends() {
        var scene = scene()
        scene.pass(.seconds(5))
        scene.notice(.writing("a"))
        let actions = scene.happen(.stopRequested(.fade(signal: 15)))
        #expect(!actions.contains { if case .remember(_, _, true) = $0 { true } else { false } })
    }
}

extension [Action] {
    fileprivate var looks: [[RelativePath]] {
        compactMap { if case .lookAtFiles(_, let paths) = $0 { paths } else { nil } }
    }
}
