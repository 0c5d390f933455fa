import MirrorCore
import MirrorStatus
import Testing

@Suite("The status for people and for programs")
struct StatusForPeopleTests {
    private let program = ProgramFacts(
        version: "1", process: 7, configuration: "/etc/x\ny.lua", time: 12, uptime: .seconds(90))

    private func snapshot() -> StatusSnapshot {
        let problem = Problem(
            subject: .target(TargetID(1)), cause: .transfer(Failure(.unreachable, detail: "say \"no\"")),
            since: Samples.now - .seconds(300), count: 4, nextTry: Samples.now + .seconds(3))
        return Samples.snapshot(
            [
                Samples.target(0, state: .inStep, count: 0),
                Samples.target(1, state: .failing(nextTry: Samples.now + .seconds(3)), count: 12),
            ], problems: [problem])
    }

    @Test("the table has a line per target, and each problem with its cure")
    func table() {
        let text = StatusTable.render(snapshot(), program, words: Samples.words(Samples.settings())).description
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines[0] == "lockstep 1, process 7, /etc/x\\#012y.lua, up for 90 s: 1 of 2 targets not in step")
        #expect(lines[2] == "SYNC   TARGET  STATE                       OWED  LAG    LAST TRANSFER")
        #expect(lines[3] == "Sync1  h1:/t/  in step                        0  -      -")
        #expect(lines[4] == "Sync2  h2:/t/  failing, next try in 3.0 s    12  3.2 s  -")
        #expect(lines[6].hasPrefix("for 5 min: Sync2 -> h2:/t/: "))
        #expect(text.contains("\n  do this\n  then that\n"))
    }

    @Test("JSON is well formed whatever names there are, and has a word for each state")
    func json() {
        var snapshot = snapshot()
        snapshot.targets[0].target = ByteString(Array("a\"b\\c\u{1}".utf8) + [0xff])
        let text = StatusJSON.render(snapshot, program, words: Samples.words(Samples.settings())).description
        #expect(text.contains(#""configuration":"/etc/x\ny.lua""#))
        #expect(text.contains(#""target":"a\"b\\c\u0001\#u{fffd}""#), "\(text)")
        #expect(text.contains(#""state":"inStep","inStep":true,"owed":0"#))
        #expect(text.contains(#""state":"failing","inStep":false,"owed":12,"lagSeconds":3.200,"nextTrySeconds":3.000"#))
        #expect(text.contains(#""inStep":false,"sources":[{"path":"/srv/web/","isLive":true"#))
        #expect(text.contains(#""sinceSeconds":300.000,"count":4"#))
    }

    @Test("numbers of JSON keep their sign and their milliseconds")
    func numbers() {
        #expect(JSONText.seconds(.milliseconds(-1)).rendered == "-0.001")
        #expect(JSONText.seconds(.milliseconds(61_007)).rendered == "61.007")
        #expect(JSONText.list([.nothing, .truth(false), .integer(-3)]).rendered == "[null,false,-3]")
    }
}
