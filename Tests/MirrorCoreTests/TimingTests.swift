import MirrorCore
import Testing

@Suite("When a batch is due")
struct TimingTests {
    @Test("an isolated change goes after the quiet of settle, not after delay")
    func isolatedChange() {
        var scene = Scene()
        scene.goInStep()
        scene.pass(.seconds(10))
        #expect(scene.notice(.touched("a", isDirectory: false)).jobs.isEmpty)
        #expect(scene.pass(.milliseconds(99)).jobs.isEmpty)
        #expect(scene.pass(.milliseconds(1)).jobs.map(\.paths) == [["a"]])
    }

    @Test("a source that is written all the time is sent after delay at the latest")
    func steadyWriter() {
        var scene = Scene()
        scene.goInStep()
        scene.pass(.seconds(10))
        let start = scene.now
        var jobs: [Job] = []
        for _ in 0..<100 where jobs.isEmpty {
            jobs += scene.notice(.touched("a", isDirectory: false)).jobs
            if jobs.isEmpty { jobs += scene.pass(.milliseconds(50)).jobs }
        }
        #expect(jobs.count == 1)
        #expect(scene.now - start <= .seconds(1))
    }

    @Test("above 2 s delay is lsyncd's timing: counted from the first change")
    func longDelay() {
        var scene = Scene(sync: { $0.delay = .seconds(15) })
        scene.goInStep()
        scene.pass(.seconds(100))
        scene.notice(.touched("a", isDirectory: false))
        #expect(scene.pass(.seconds(14)).jobs.isEmpty)
        #expect(scene.pass(.seconds(1)).jobs.count == 1)
    }

    @Test("settle set to delay gives lsyncd's timing below 2 s too")
    func settleIsDelay() {
        var scene = Scene(sync: { $0.settle = $0.delay })
        scene.goInStep()
        scene.pass(.seconds(10))
        scene.notice(.touched("a", isDirectory: false))
        #expect(scene.pass(.milliseconds(999)).jobs.isEmpty)
        #expect(scene.pass(.milliseconds(1)).jobs.count == 1)
    }

    @Test("half of delay lies between two starts of one target")
    func pace() {
        var scene = Scene()
        scene.goInStep()
        scene.pass(.seconds(10))
        scene.notice(.touched("a", isDirectory: false))
        scene.pass(.milliseconds(100))
        scene.finishAll()
        scene.notice(.touched("b", isDirectory: false))
        #expect(scene.pass(.milliseconds(399)).jobs.isEmpty)
        #expect(scene.pass(.milliseconds(101)).jobs.map(\.paths) == [["b"]])
    }

    @Test("maxDelays changes go at once, counted by path")
    func manyChanges() {
        var scene = Scene(sync: {
            $0.delay = .seconds(15)
            $0.maxDelays = 3
        })
        scene.goInStep()
        scene.pass(.seconds(100))
        for _ in 0..<5 { #expect(scene.notice(.touched("a", isDirectory: false)).jobs.isEmpty) }
        #expect(scene.notice(.touched("b", isDirectory: false)).jobs.isEmpty)
        #expect(scene.notice(.touched("c", isDirectory: false)).jobs.map(\.paths) == [["a", "b", "c"]])
    }

    @Test("delay 0 sends at once")
    func noDelay() {
        var scene = Scene(sync: { $0.delay = .zero })
        scene.goInStep()
        scene.pass(.seconds(10))
        #expect(scene.notice(.touched("a", isDirectory: false)).jobs.map(\.paths) == [["a"]])
    }

    @Test("the core's own deadline is never missed and never early")
    func deadlines() {
        var scene = Scene()
        scene.goInStep()
        scene.pass(.seconds(10))
        scene.notice(.touched("a", isDirectory: false))
        #expect(scene.passToDeadline().jobs.count == 1)
    }

    @Test("the limit on all transfers goes round, so a busy target cannot take every turn")
    func roundRobin() {
        var scene = Scene(targets: 3, settings: { $0.maxProcesses = 1 })
        scene.goLive()
        var served: [Int] = []
        for _ in 0..<9 {
            guard let mirror = (0..<3).first(where: { scene.mirror($0).hands != nil }) else { break }
            served.append(mirror)
            scene.happen(
                .noticed(SourceID(0), .touched("a", isDirectory: false)),
                .transferEnded(scene.mirror(mirror).hands!.job.id, Outcome(.done)))
            scene.pass(.seconds(2))
        }
        #expect(served == [0, 1, 2, 0, 1, 2, 0, 1, 2])
    }
}
