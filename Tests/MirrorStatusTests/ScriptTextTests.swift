import MirrorCore
import MirrorStatus
import Testing

@Suite("texts about syncs with functions or commands") struct ScriptTextTests {
    private func words(target: ByteString = "") -> ProblemText {
        var settings = Settings()
        settings.syncs = [SyncSettings(name: "Sync1", source: "/src", target: target)]
        return ProblemText(settings: settings, cure: { _, _ in "" }, errorText: { "error \($0)" })
    }

    private func text(_ failure: ScriptFailure, target: ByteString = "") -> String {
        let problem = Problem(
            subject: .target(TargetID(0)), cause: .script(failure), since: .zero,
            nextTry: Moment(nanoseconds: 5_000_000_000))
        return words(target: target).text(for: problem, at: .zero).description
    }

    private let place = Place(file: "conf", line: 3)

    @Test("subject, cause, what happens now, and what a person can do")
    func problems() {
        #expect(
            text(ScriptFailure(.error, name: "onCreate", place: place, text: "no such thing"), target: "t") == """
                Sync1 -> t: onCreate failed at conf:3: no such thing; what it was called for waits, next try in 5.0 s
                  mend the function, and send HUP
                """)
        #expect(
            text(ScriptFailure(.endless, name: "action", place: place)) == """
                Sync1: action ran on without end at conf:3 and was stopped; what it was called for waits, next try in 5.0 s
                  end the loop there, and send HUP
                """)
        #expect(
            text(ScriptFailure(.memory, name: "collect", place: place)) == """
                Sync1: collect took more and more memory at conf:3 and was stopped; what it was called for waits, next try in 5.0 s
                  end the loop there, and send HUP
                """)
        #expect(
            text(ScriptFailure(.exitCode(2), name: "sh")) == """
                Sync1: sh ended with exit code 2; what it was called for waits, next try in 5.0 s
                  if that is no failure, say so: exitcodes = { [2] = "ok" }; its own words stand in the log
                """)
        #expect(
            text(ScriptFailure(.killed(signal: 9), name: "sh"))
                == "Sync1: sh was killed by signal 9; what it was called for waits, next try in 5.0 s")
        #expect(
            text(ScriptFailure(.notStarted, name: "x", text: "there is no such program")) == """
                Sync1: x could not be started: there is no such program; what it was called for waits, next try in 5.0 s
                  install the program, or correct its name in the configuration
                """)
        #expect(
            text(ScriptFailure(.stuck, name: "action")) == """
                Sync1: action does not come back; it cannot be interrupted, and its sync waits for it
                  let it start a process with spawn() instead of waiting itself
                """)
    }

    @Test("a name in a message cannot make lines of its own")
    func names() {
        let lines = text(ScriptFailure(.error, name: "onCreate", place: place, text: "a\nError: b")).split(
            separator: "\n")
        #expect(lines.count == 2)
    }

    @Test("the list of delays has lsyncd's words")
    func status() {
        func pending(_ event: ScriptEvent, _ status: QueuedEvent.Status) -> TargetStatus.Pending {
            TargetStatus.Pending(
                QueuedEvent(id: EventID(1), event: event, alarm: .zero, since: .zero, status: status))
        }
        let list = [
            pending(.initial, .active), pending(ScriptEvent(.create, "d", isDirectory: true), .blocked(by: EventID(1))),
            pending(ScriptEvent(.move, "a", to: "b\nc", isDirectory: false), .waiting),
            pending(ScriptEvent(.attrib, "x y", isDirectory: false), .held),
            pending(ScriptEvent(.delete, "e", isDirectory: true), .retrying(until: .zero)), pending(.blanket, .waiting),
            pending(ScriptEvent(.full, isDirectory: true), .waiting),
        ]
        let target = TargetStatus(
            id: TargetID(0), name: "Sync1", source: "/src", target: "", state: .waiting, pendingCount: 7, pending: list,
            lag: .zero, filters: [], excludes: [], lastTransfer: nil)
        let snapshot = StatusSnapshot(moment: .zero, sources: [], targets: [target], problems: [])
        let text = StatusText.render(
            snapshot, watches: WatchList(count: 0, watches: []), at: WallTime(dayAndTime: "", timeOfDay: ""),
            words: words())
        #expect(
            text.description.contains(
                """
                There are 7 delays
                active Init \

                block  Create /d/
                wait   Move /a -> /b\\#012c
                wait   Attrib /x y
                wait   Delete /e/
                wait   Blanket \

                wait   Full /

                """))
    }

    @Test("what becomes of an event, in lsyncd's words")
    func notes() {
        let create = ScriptEvent(.create, "a", isDirectory: false)
        let modify = ScriptEvent(.modify, "a", isDirectory: false)
        let gone = ScriptEvent(.delete, "d", isDirectory: true)
        let move = ScriptEvent(.move, "a\nx", to: "b", isDirectory: false)
        let notes: [(EventQueue.Note, String)] = [
            (.new(create), "New Create: /a"), (.new(move), "New Move: /a\\#012x -> /b"),
            (.absorbed(modify, by: create), "Modify: /a absorbed by Create: /a"),
            (.replaced(create, by: gone), "Delete: /d/ replaces Create: /a"),
            (.blocked(modify, by: gone), "Modify: /a blocked by Delete: /d/"),
            (.blocked(modify, by: .initial), "Modify: /a blocked by Init: "),
            (.split(move, on: create), "Move: /a\\#012x -> /b splits on Create: /a"),
            (.undone(move, by: gone), "Delete: /d/ turns Move: /a\\#012x -> /b into Delete: /a\\#012x"),
            (.halved, "splitting Move into Delete & Create"), (.found(gone), "Create creates Create on /d/"),
        ]
        for (note, text) in notes { #expect(words().noteText(note).description == text) }
    }
}
