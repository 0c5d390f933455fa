import MirrorCore
import Testing

/// A process for a list that fails may have made its moves; what is done again must not carry away what came since.
@Suite("moves in a list that failed") struct RepeatedMoveTests {
    private static func scene(_ change: (inout SyncSettings) -> Void = { _ in }) -> Scene {
        var number = 0
        return Scene(sync: { sync in
            number += 1
            sync.script = ScriptSettings(number: number)
            sync.script?.takesMoves = true
            sync.script?.hasOwnAction = true
            sync.comparesAtStart = false
            sync.delay = .zero
            change(&sync)
        })
    }

    private func spawnList(_ scene: inout Scene, _ notices: Notice...) throws -> ScriptProcess {
        scene.goScripted()
        var call: HookCall?
        for notice in notices { call = scene.notice(notice).calls.first ?? call }
        let first = try #require(call)
        // The first notice was shown alone; the answer that takes nothing brings all of them.
        let shown = scene.answer(first) { $0.wantedList = true }.calls.first ?? scene.passToDeadline().calls.first
        let list = try #require(shown)
        #expect(list.events.count == notices.count)
        return try #require(
            scene.answer(list) { decision in
                decision.wantedList = true
                let agent = Agent(keys: list.events.map(\.key), isList: true)
                decision.steps = [.spawn(TargetID(0), agent, ScriptCommand(words: ["p"]))]
            }.processes.first)
    }

    private func created(_ path: RelativePath) -> Notice { .happened(.created, path, isDirectory: false) }
    private func events(_ scene: borrowing Scene) -> [ScriptEvent] {
        scene.mirrors.scripts[0].queue.list(limit: 9).map(\.event)
    }

    @Test("one whose origin stands again becomes a deletion in its place, and a creation of its destination")
    func recreated() throws {
        var scene = Self.scene()
        let process = try spawnList(&scene, .renamed(from: "a", to: "b", isDirectory: false), created("a"))
        scene.happen(.script(.processEnded(process.id, .killed(signal: 9))))
        #expect(
            events(scene) == [
                ScriptEvent(.delete, "a", isDirectory: false), ScriptEvent(.create, "a", isDirectory: false),
                ScriptEvent(.create, "b", isDirectory: false),
            ])
    }

    @Test("and what was deleted since is not created again")
    func deleted() throws {
        var scene = Self.scene()
        let process = try spawnList(
            &scene, .renamed(from: "a", to: "d/b", isDirectory: false), created("a"),
            .disappeared("d", isDirectory: true))
        scene.end(process, 1, as: .again)
        #expect(events(scene).allSatisfy { $0.path != "d/b" && $0.destination == nil }, "\(events(scene))")
    }

    @Test("what came before a start that is wanted meanwhile is no matter any more")
    func beforeStart() throws {
        var scene = Self.scene { $0.comparesAtStart = true }
        scene.goScripted()
        let start = try #require(scene.mirrors.scripts[0].call)
        scene.end(try #require(scene.spawnEach(HookCall(id: start.id, hook: start.hook)).first))
        let process = try spawnList(&scene, .renamed(from: "a", to: "b", isDirectory: false), created("a"))
        scene.notice(.lost(.root, reason: .overflow))
        scene.happen(.script(.processEnded(process.id, .killed(signal: 9))))
        #expect(!events(scene).contains { $0.kind == .create && $0.path == "b" }, "\(events(scene))")
    }

    @Test("the content of a directory is told anew")
    func directory() throws {
        var scene = Self.scene()
        let process = try spawnList(&scene, .renamed(from: "a", to: "b", isDirectory: true), created("a"))
        let ended = scene.happen(.script(.processEnded(process.id, .killed(signal: 9))))
        #expect(ended.orders.contains(.listSubtree(TargetID(0), "b")))
    }

    @Test("one that nothing has touched since, and one whose process was never started, stay whole")
    func untouched() throws {
        var scene = Self.scene()
        let process = try spawnList(&scene, .renamed(from: "a", to: "b", isDirectory: false), created("c"))
        scene.happen(.script(.processEnded(process.id, .killed(signal: 9))))
        #expect(events(scene).first?.kind == .move)

        var other = Self.scene()
        let never = try spawnList(&other, .renamed(from: "a", to: "b", isDirectory: false), created("a"))
        other.happen(.script(.processEnded(never.id, .notStarted("no"))))
        #expect(events(other).first?.kind == .move)
    }
}
