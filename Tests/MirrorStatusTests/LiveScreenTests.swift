import MirrorCore
import Testing

@testable import MirrorStatus

@Suite("The live screen")
struct LiveScreenTests {
    private func report(
        lag: Duration = .seconds(3), changes: Int = 10, targets: Int = 2, uptime: Duration = .seconds(60),
        problem: String? = nil
    ) -> StatusLines {
        let settings = Samples.settings()
        let program = ProgramFacts(version: "1", process: 7, configuration: nil, time: 0, uptime: uptime)
        let snapshot = Samples.snapshot([])
        var report = StatusLines(snapshot, Metrics(sources: 1, targets: 0), program, words: Samples.words(settings))
        for index in 0..<targets {
            let isLate = index == 1
            report.targets.append(
                StatusLines.Target(
                    name: ByteString("Sync\(index)"), target: ByteString("web\(index):/srv/site/"),
                    state: isLate ? "waiting" : "inStep", stateText: isLate ? "waiting" : "in step",
                    owed: isLate ? 4 : 0,
                    lag: isLate ? lag : .zero, changes: changes, bytes: changes * 1000, sinceTransfer: nil))
        }
        if let problem {
            report.problems = [.init(age: .seconds(30), lines: ByteString(problem).split(separator: 0x0a))]
        }
        return report
    }

    @Test("what is written is read again, also names and problems of several lines")
    func lines() throws {
        let report = report(problem: "one: it fails\n  do this\n  or that")
        #expect(StatusLines(report.text) == report)
        #expect(StatusLines("target\tx\n") == nil)
        #expect(StatusLines("") == nil)
    }

    @Test("bars, numbers and rates; the heading says how many are behind")
    func frame() {
        var screen = LiveScreen(isColored: false)
        let size = LiveScreen.Size(width: 120, height: 24)
        _ = screen.frame(report(), size)
        let lines = screen.frame(report(changes: 40, uptime: .seconds(62)), size).map(\.description)
        #expect(lines.count == 24)
        #expect(lines[0].hasPrefix("lockstep 1, process 7, up for 62 s"))
        #expect(lines[1] == "1 of 2 targets not in step")
        #expect(lines[4].hasPrefix("SYNC   TARGET"))
        let late = lines[6]
        for part in ["Sync1", "web1:/srv/site/", "████", "3.0 s", " 4 ", "15", "15k", "waiting"] {
            #expect(late.contains(part), "\(part) in \(late)")
        }
        #expect(lines[5].contains("in step") && !lines[5].contains("█"))
        #expect(lines.last == "q ends")
    }

    @Test("problems stand below, with what to do; no line is wider, and none more, than there is room for")
    func room() {
        let long = String(repeating: "a long sentence ", count: 30)
        for (width, height) in [(20, 6), (40, 10), (80, 24), (200, 60)] {
            for targets in [0, 2, 500] {
                var screen = LiveScreen(isColored: false)
                let size = LiveScreen.Size(width: width, height: height)
                let lines = screen.frame(report(targets: targets, problem: "Sync1: \(long)\n  \(long)"), size)
                #expect(lines.count == size.height)
                #expect(lines.allSatisfy { $0.description.count <= size.width }, "\(width) × \(height): \(lines)")
                if height >= 10 { #expect(lines.contains { $0.description.hasPrefix("for 30 s: Sync1:") }) }
            }
        }
    }

    @Test("where not all fit, the worst are shown, and how many more there are")
    func worst() {
        var screen = LiveScreen(isColored: false)
        let lines = screen.frame(report(targets: 500), LiveScreen.Size(width: 120, height: 20)).map(\.description)
        #expect(lines[5].hasPrefix("Sync1 "))
        #expect(lines.contains { $0.hasPrefix("… and ") && $0.hasSuffix(" more") })
    }

    @Test("bars grow with the root of lag and are never too long; amounts keep to a few digits")
    func pieces() {
        #expect(LiveScreen.bar(.zero, of: .seconds(10)) == "")
        #expect(LiveScreen.bar(.seconds(10), of: .seconds(10)) == String(repeating: "█", count: 16))
        #expect(LiveScreen.bar(.milliseconds(1), of: .seconds(10)) == "▎")
        #expect(LiveScreen.sparks([0, 1, 2]) == "▁▅█")
        #expect(LiveScreen.sparks([0, 0]) == "")
        let amounts: [(Double, String)] = [
            (0, "0"), (1.25, "1.3"), (15, "15"), (999, "999"), (1500, "1.5k"), (2e9, "2G"),
        ]
        for (value, text) in amounts { #expect(LiveScreen.amount(value) == text) }
    }

    @Test("colours are codes around lines, and nothing else")
    func colors() {
        var plain = LiveScreen(isColored: false)
        var colored = LiveScreen(isColored: true)
        let size = LiveScreen.Size(width: 100, height: 20)
        let lines = colored.frame(report(problem: "x: y"), size).map(\.description)
        let bare = lines.map { $0.replacing(#/\u{1b}\[[0-9;]*m/#, with: "") }
        #expect(bare == plain.frame(report(problem: "x: y"), size).map(\.description))
        #expect(lines.joined().contains("\u{1b}["))
    }
}
