import MirrorCore
import Testing

@Suite("Files that were left as they were")
struct UnchangedFileTests {
    private func scene() -> Scene {
        var scene = Scene(sync: { $0.delay = .zero })
        scene.goInStep()
        scene.pass(.seconds(5))
        return scene
    }

    @Test("nothing goes")
    func nothing() {
        var scene = scene()
        scene.notice(.unchanged("f", since: scene.now - .seconds(1)))
        scene.pass(.seconds(30))
        #expect(scene.running == nil)
        #expect(scene.mirror().isInStep(scene.mirrors.sources[0].log))
    }

    @Test("what a transfer may have seen in between goes")
    func seen() {
        var scene = scene()
        let before = scene.now
        scene.pass(.seconds(1))
        scene.notice(.touched("other", isDirectory: false))
        #expect(scene.running?.paths == ["other"])
        scene.notice(.unchanged("f", since: before))
        if let job = scene.running { scene.happen(.transferEnded(job.id, Outcome(.done, exitCode: 0))) }
        #expect(scene.running?.paths == ["f"])
        scene.finishAll()
        // Also where it has ended meanwhile.
        scene.notice(.unchanged("g", since: before))
        #expect(scene.running?.paths == ["g"])
        scene.finishAll()
        scene.pass(.seconds(1))
        scene.notice(.unchanged("g", since: scene.now))
        #expect(scene.running == nil)
    }

    @Test("what is being written is closed with it")
    func written() {
        var scene = scene()
        scene.notice(.writing("f"))
        scene.notice(.unchanged("f", since: scene.now))
        #expect(scene.running?.paths == ["f"])
    }

    @Test("while it is being found out what was lost, it goes")
    func doubt() {
        var scene = scene()
        let now = scene.now
        scene.notice(.missed("", since: TrackedMoment(boot: now - .seconds(1), wall: 0), reason: .overflow))
        scene.notice(.unchanged("f", since: now))
        #expect(scene.running?.paths == ["f"])
    }
}
