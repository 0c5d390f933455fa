import MirrorCore
import Testing

@Suite("Files with several names")
struct LinkedFileTests {
    private static let identity = FileIdentity(device: 1, inode: 7)

    private func scene(_ limits: Limits = Limits()) -> Scene {
        var scene = Scene(limits: limits, sync: { $0.delay = .zero })
        scene.goInStep()
        scene.pass(.seconds(10))
        return scene
    }

    /// The path is written, sent, and met with so many names.
    private func send(
        _ path: RelativePath, links: UInt64 = 2, isChanged: Bool = true, _ scene: inout Scene
    ) -> [Action] {
        scene.notice(.touched(path, isDirectory: false))
        var outcome = Outcome(.done)
        outcome.linked = [LinkedFile(path, Self.identity, links: links, isChanged: isChanged)]
        return scene.happen(.transferEnded(scene.running!.id, outcome))
    }

    private func found(_ names: RelativePath...) -> Event {
        .namesFound(SourceID(0), [FoundNames(Self.identity, names)])
    }

    @Test("the names of a file that was written are looked for, and all of them go in one batch")
    func found() {
        var scene = scene()
        #expect(send("a", &scene).searches == [[Self.identity]])
        scene.happen(found("a", "d/b"))
        #expect(scene.running?.paths == ["a", "d/b"])
        scene.finishAll()
        #expect(scene.mirror().isInStep(scene.mirrors.sources[0].log))
    }

    @Test("once they are known they go with it at once, and nobody looks again")
    func known() {
        var scene = scene()
        _ = send("a", &scene)
        scene.happen(found("a", "b"))
        scene.finishAll()
        #expect(send("b", &scene).searches.isEmpty)
        scene.finishAll()
        scene.notice(.touched("a", isDirectory: false))
        #expect(scene.running?.paths == ["a", "b"])
    }

    @Test("a name that goes, moves or comes is kept up with")
    func keptUp() {
        var scene = scene()
        _ = send("a", links: 3, &scene)
        scene.happen(found("a", "b", "d/c"))
        scene.finishAll()
        scene.notice(.renamed(from: "d", to: "e", isDirectory: true))
        scene.finishAll()
        scene.notice(.disappeared("b", isDirectory: false))
        scene.finishAll()
        scene.notice(.touched("a", isDirectory: false))
        #expect(scene.running?.paths == ["a", "e/c"])
        scene.finishAll()
        // A link that is made is met with one name more, and stales nothing.
        #expect(send("new", links: 3, isChanged: false, &scene).searches.isEmpty)
        scene.finishAll()
        scene.notice(.touched("e/c", isDirectory: false))
        #expect(scene.running?.paths == ["e/c", "a", "new"])
    }

    @Test("a file that has more names than are known is looked for once more; so are all after a loss")
    func unknown() {
        var scene = scene()
        _ = send("a", &scene)
        scene.happen(found("a", "b"))
        scene.finishAll()
        #expect(send("a", links: 4, &scene).searches == [[Self.identity]])
        scene.happen(found("a", "b", "c", "d"))
        scene.finishAll()
        scene.notice(.lost(.root, reason: .overflow))
        scene.finishAll()
        #expect(send("a", links: 4, &scene).searches == [[Self.identity]])
    }

    @Test("one search at a time; what is met meanwhile is looked for afterwards")
    func oneAtATime() {
        var scene = scene()
        #expect(send("a", &scene).searches.count == 1)
        #expect(send("x", links: 5, &scene).searches.isEmpty)
        #expect(scene.happen(found("a", "b")).searches.count == 1)
    }

    @Test("where there are more names than the bound everything is compared")
    func bound() {
        var limits = Limits()
        limits.linkedNames = 3
        var scene = scene(limits)
        _ = send("a", links: 9, &scene)
        scene.happen(.namesFound(SourceID(0), nil))
        #expect(scene.running?.scope == .everything)
        scene.finishAll()
        #expect(scene.mirrors.sources[0].linked.count == 0)
    }

    @Test("a link that is made, and a name that another name brought along, ask for nothing")
    func unasked() {
        var scene = scene()
        #expect(send("new", isChanged: false, &scene).searches.isEmpty)
    }
}

extension [Action] {
    fileprivate var searches: [[FileIdentity]] {
        compactMap { if case .findNames(_, let files, _) = $0 { files } else { nil } }
    }
}
