import MirrorCore
import Testing

@Suite("syncs with functions of their own, behind a tunnel or with a schedule") struct ScriptWayTests {
    private static func tunneled() -> Scene {
        Scene.scripted { $0.tunnel = TunnelSettings(number: 1, name: "T", command: ["x"]) }
    }

    @Test(
        "a function is called when the tunnel is up, with its port, and the tunnel is asked anew before the next call")
    func port() throws {
        var scene = Self.tunneled()
        scene.goScripted()
        scene.write("a")
        let asked = scene.passToDeadline()
        #expect(asked.orders == [.openTunnel(TargetID(0))])
        #expect(scene.mirrors.nextDeadline() == nil, "nothing but the answer changes anything")
        #expect(scene.write("b").orders.isEmpty)
        let up = scene.happen(.script(.tunnelAnswered(TargetID(0), .up(port: 4711))))
        let call = try #require(up.calls.first)
        #expect(call.port == 4711)
        let process = try #require(scene.spawnEach(call).first)
        let collect = try #require(scene.happen(.script(.processEnded(process.id, .exited(0)))).calls.first)
        #expect(collect.isCollect && collect.port == nil)
        let next = scene.answer(collect) { $0.meaning = .ok }
        #expect(next.orders.isEmpty || next.orders == [.openTunnel(TargetID(0))])
        let later = next.orders.isEmpty ? scene.passToDeadline() : next
        #expect(later.orders == [.openTunnel(TargetID(0))])
        let second = scene.happen(.script(.tunnelAnswered(TargetID(0), .up(port: 4712))))
        #expect(second.calls.first?.port == 4712)
        #expect(second.calls.first?.events.map(\.event.path) == ["b"])
    }

    @Test(
        "a tunnel that does not come up is a problem of that sync, asked for again with growing pauses; nothing is lost"
    )
    func down() throws {
        var scene = Self.tunneled()
        scene.goScripted()
        scene.write("a")
        scene.passToDeadline()
        var waits: [Duration] = []
        for round in 0..<4 {
            let told = scene.happen(.script(.tunnelAnswered(TargetID(0), .down("no route"))))
            #expect(told.raised.count == (round == 0 ? 1 : 0) && told.exits.isEmpty)
            let before = scene.now
            let again = scene.passToDeadline()
            #expect(again.orders == [.openTunnel(TargetID(0))])
            waits.append(scene.now - before)
        }
        #expect(waits[3] > waits[0] && waits.allSatisfy { $0 > .milliseconds(700) && $0 <= .seconds(30) }, "\(waits)")
        let up = scene.happen(.script(.tunnelAnswered(TargetID(0), .up(port: 0))))
        let call = try #require(up.calls.first)
        #expect(call.events.map(\.event.path) == ["a"])
        let process = try #require(scene.spawnEach(call).first)
        let ended = scene.end(process)
        #expect(scene.queue.isEmpty)
        #expect(scene.mirrors.snapshot(at: scene.now).problems.isEmpty, "\(ended.reports)")
    }

    @Test("a time of crontab is one Full event of its own, once, however long it waits, and no start drops it")
    func schedule() throws {
        var scene = Scene.scripted { $0.comparesAtStart = true }
        for _ in 0..<5 { scene.happen(.script(.scheduled(TargetID(0)))) }
        #expect(scene.queue.list(limit: 9).map(\.event.kind) == [.initial, .full])
        let full = ScriptEvent(.full, .root, isDirectory: true)
        scene.goScripted()
        scene.notice(.lost(.root, reason: .overflow))
        #expect(scene.queue.list(limit: 9).map(\.event).contains(full))
        var kinds: [ScriptEvent.Kind] = []
        var calls = scene.pass(.seconds(1)).calls
        if calls.isEmpty, let call = scene.mirrors.scripts[0].call {
            calls = scene.answer(HookCall(id: call.id, hook: call.hook)).calls
        }
        for _ in 0..<6 where !scene.queue.isEmpty {
            guard let call = calls.first ?? scene.passToDeadline().calls.first else { break }
            kinds += call.events.map(\.event.kind)
            let process = try #require(scene.spawnEach(call).first)
            if kinds.last == .full { scene.happen(.script(.scheduled(TargetID(0)))) }
            calls = scene.end(process).calls
            if kinds.count(where: { $0 == .full }) == 2 { break }
        }
        #expect(kinds.count { $0 == .full } == 2, "one for the times before, one for the time while it ran: \(kinds)")
    }
}
