import MirrorCore
import MirrorStatus
import Testing

/// The parsing rules of monitoring scripts in the field, reimplemented.
@Suite("scripts that read lsyncd's status file")
struct StatusClientTests {
    let idle = Samples.status([Samples.target(0), Samples.target(1)])
    let busy = Samples.status([
        Samples.target(0, pending: [Samples.pending(.active, "a"), Samples.pending(.waiting, "b")]),
        Samples.target(1, pending: [Samples.pending(.waiting, "There are 9 delays")]),
    ])

    @Test("check_lsyncd sums the third field of lines with one digit")
    func nagios() {
        func sum(_ text: String) -> Int {
            text.split(separator: "\n").filter { $0.prefixMatch(of: /There are [0-9] delays/) != nil }
                .map { Int($0.split(separator: " ")[2]) ?? 0 }.reduce(0, +)
        }
        #expect(sum(idle) == 0)
        #expect(sum(busy) == 3)
    }

    @Test("Chef Automate sums every number that is followed by the end of the line")
    func chef() {
        func sum(_ text: String) -> Int {
            text.matches(of: /There are (\d+) delays\n/).map { Int($0.1) ?? 0 }.reduce(0, +)
        }
        #expect(sum(idle) == 0)
        #expect(sum(busy.replacing("/There are 9 delays\n", with: "")) == 3)
    }

    @Test("the consul check takes the first number of delays")
    func consul() {
        #expect(idle.firstMatch(of: /There are (\d+) delays/)?.1 == "0")
        #expect(busy.firstMatch(of: /There are (\d+) delays/)?.1 == "2")
    }

    @Test("jh-panel finds its date, syncs, delays and filters", arguments: [" 1", " 9", "22"])
    func panel(day: String) {
        var time = Samples.evening
        time.dayAndTime = "Sun Nov \(day) 18:48:56 2026"
        let text = StatusText.render(
            Samples.snapshot([Samples.target(0)]), watches: WatchList(count: 0, watches: []), at: time,
            words: Samples.words(Samples.settings())
        ).description
        let date = /Lsyncd status report at\s+\w+\s+\w+\s+\d+\s+\d\d:\d\d:\d\d\s+\d{4}/
        #expect(text.firstMatch(of: date) != nil)
        #expect(text.firstMatch(of: /Sync\d*\s+source=/) != nil)
        #expect(text.firstMatch(of: /There are\s+\d+\s+delays/) != nil)
        #expect(text.contains("Filtering:"))
    }

    @Test("the Rackspace plugin finds the number of watched directories once")
    func rackspace() {
        let numbers = idle.matches(of: /Inotify watching (\d+) directories/).map(\.1)
        #expect(numbers == ["2"])
    }
}

@Suite("programs that read lsyncd's log")
struct LogClientTests {
    let job = Job(id: JobID(1), target: TargetID(0), scope: .changes([Change("dir/file.txt")]))

    func log(_ reports: [Report]) -> String {
        let settings = Samples.settings()
        var text = ReportText(settings: settings, words: Samples.words(settings), showsWholeLists: false)
        return reports.flatMap { text.lines(for: $0, at: Samples.now) }
            .map { LogFormat.file($0, at: Samples.evening).description }.joined()
    }

    @Test("lsyncd-widget finds the start and the end of a transfer")
    func widget() {
        let ended = Report.transferEnded(job, Outcome(.done, exitCode: 0), retryAfter: nil, isQuiet: false)
        let text = log([.transferStarted(job), ended])
        #expect(text.contains("Normal: Calling rsync"))
        #expect(text.contains("Normal: Finished"))
    }

    @Test("lsyncdindicator tells calling, syncing, finished, stopped and failed by the last line")
    func indicator() throws {
        func last(_ reports: [Report]) throws -> Substring { try #require(log(reports).split(separator: "\n").last) }
        let everything = Job(id: JobID(2), target: TargetID(0), scope: .everything)
        let ended = Report.transferEnded(job, Outcome(.done, exitCode: 0), retryAfter: nil, isQuiet: false)
        let compared = Report.transferEnded(everything, Outcome(.done, exitCode: 0), retryAfter: nil, isQuiet: false)
        #expect(try last([ended]).hasSuffix("exitcode: 0"))
        #expect(try last([compared]).hasSuffix("finished."))
        #expect(try last([.transferStarted(job)]).wholeMatch(of: /.*\w\.\w+/) != nil)
        let stopping = Report.stopping(.fade(signal: 15), runningTransfers: 0)
        #expect(try last([stopping]).hasSuffix("TERM signal, fading ---"))
    }
}
