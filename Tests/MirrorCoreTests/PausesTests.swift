import MirrorCore
import Testing

@Suite("A request to pause, and hours to pause in")
struct PausesTests {
    private let target = TargetID(0)

    private func scene() -> Scene {
        var scene = Scene()
        scene.goInStep()
        return scene
    }

    private func state(_ scene: borrowing Scene) -> TargetStatus.State {
        scene.mirrors.snapshot(at: scene.now).targets[0].state
    }

    @Test("nothing goes in the hours, which end by themselves or when they are said to be over")
    func hours() {
        var scene = scene()
        let end = scene.now + .seconds(60)
        scene.happen(.hoursBegan(target, until: end))
        scene.notice(.touched("f", isDirectory: false))
        #expect(scene.pass(.seconds(59)).jobs.isEmpty)
        #expect(state(scene) == .held(TargetPause(until: end, bySchedule: true)))
        #expect(scene.passToDeadline().jobs.count == 1)
        scene.finishAll()
        scene.happen(.hoursEnded(target), .hoursBegan(target, until: nil))
        scene.notice(.touched("g", isDirectory: false))
        #expect(scene.pass(.seconds(86_400)).jobs.isEmpty)
        #expect(state(scene) == .held(TargetPause(until: nil, bySchedule: true)))
        #expect(scene.happen(.hoursEnded(target)).jobs.count == 1)
    }

    @Test("what holds longest counts, and the end of the hours does not end a request")
    func both() {
        var scene = scene()
        let (soon, late) = (scene.now + .seconds(60), scene.now + .seconds(600))
        scene.happen(.pauseRequested(target, until: soon), .hoursBegan(target, until: late))
        #expect(state(scene) == .held(TargetPause(until: late, bySchedule: true)))
        scene.happen(.pauseRequested(target, until: nil))
        #expect(state(scene) == .held(TargetPause(until: nil)))
        scene.happen(.hoursEnded(target))
        scene.notice(.touched("f", isDirectory: false))
        #expect(scene.pass(.seconds(3600)).jobs.isEmpty)
        #expect(scene.happen(.resumeRequested(target)).jobs.count == 1)
    }

    @Test("who resumes in the hours ends these hours, whatever the clock says, and not the next ones")
    func waved() {
        var scene = scene()
        scene.happen(.hoursBegan(target, until: scene.now + .seconds(600)))
        scene.notice(.touched("f", isDirectory: false))
        scene.pass(.seconds(10))
        #expect(scene.happen(.resumeRequested(target)).jobs.count == 1)
        scene.finishAll()
        // The clock was set, so that the same hours are told again.
        scene.happen(.hoursBegan(target, until: scene.now + .seconds(900)))
        #expect(!scene.mirror(0).isPaused(at: scene.now))
        scene.happen(.hoursEnded(target), .hoursBegan(target, until: scene.now + .seconds(60)))
        #expect(scene.mirror(0).isPaused(at: scene.now))
        // A request that is ended outside of the hours ends none of them.
        scene.happen(.hoursEnded(target), .pauseRequested(target, until: nil), .resumeRequested(target))
        scene.happen(.hoursBegan(target, until: scene.now + .seconds(60)))
        #expect(scene.mirror(0).isPaused(at: scene.now))
    }
}
