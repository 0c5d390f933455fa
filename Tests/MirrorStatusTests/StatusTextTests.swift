import MirrorCore
import MirrorStatus
import Testing

@Suite("the status file")
struct StatusTextTests {
    @Test("has lsyncd's layout to the byte, and what lockstep adds stands after its last line")
    func layout() {
        var first = Samples.target(
            0, state: .transferring,
            pending: [
                Samples.pending(.active, "big1"), Samples.pending(.waiting, "big2"), Samples.pending(.blocked, "n1/n2"),
                .init(stage: .waiting, change: Change("b", movedFrom: "a")),
                .init(stage: .waiting, change: Change("d", isSubtree: true)),
            ])
        first.filters = [FilterRule(includes: true, pattern: "/a"), FilterRule(includes: false, pattern: "*.tmp")]
        first.excludes = ["*.bak"]
        let second = Samples.target(1, state: .starting, pending: [.init(stage: .active, change: nil)])
        let golden = """
            Lsyncd status report at Sun Nov 22 18:48:56 2026

            Sync1 source=/srv/web/
            There are 5 delays
            active Modify /big1
            wait   Modify /big2
            block  Modify /n1/n2
            wait   Move /a -> /b
            wait   Modify /d/
            Filtering:
            + /a
            - *.tmp
            - *.bak


            Sync2 source=/srv/web/
            There are 1 delays
            active Init \n\
            Filtering:
              nothing.


            Inotify watching 2 directories
              1: /srv/web/
              3: /srv/web/sub/


            Targets:
              Sync1 -> h1:/t/: transferring, 5 changes wait, lag 3.2 s
              Sync2 -> h2:/t/: starting, 1 change waits, lag 3.2 s

            """
        #expect(Samples.status([first, second]) == golden)
    }

    @Test("lists tunnels between the syncs and the watches, as lsyncd does")
    func tunnels() {
        var watches = WatchList(count: 0, watches: [])
        watches.tunnels = [
            TunnelStatus(
                name: "Tunnel1", state: .up, processes: [.init(number: 24058, started: 1_718_193_493)]),
            TunnelStatus(name: "T2", state: .connecting, processes: []),
        ]
        let text = StatusText.render(
            Samples.snapshot([]), watches: watches, at: Samples.evening, words: Samples.words(Samples.settings())
        ).description
        let golden = """
            Lsyncd status report at Sun Nov 22 18:48:56 2026

            Tunnel: name=Tunnel1 status=UP
            Running processes: 1
              pid=24058 type=1 started=1718193493.000000


            Tunnel: name=T2 status=CONNECTING
            Running processes: 0


            Inotify watching 0 directories

            """
        #expect(text.hasPrefix(golden))
    }

    @Test("names the last transfer and the next try of a target")
    func targets() {
        var target = Samples.target(0, state: .failing(nextTry: Samples.now + .seconds(30)), count: 0)
        target.lastTransfer = .init(
            ended: Samples.now - .seconds(61), took: .milliseconds(250), changes: 12, succeeded: false)
        let text = Samples.status([target])
        #expect(
            text.contains(
                "Sync1 -> h1:/t/: failing, next try in 30 s, last transfer 61 s ago (12 changes in 0.2 s, failed)\n"))
    }

    @Test("ends with the problems, their cause and their cure")
    func problems() {
        let failure = Failure(.unreachable, detail: "ssh: connect to host h2 port 22: No route to host")
        let problem = Problem(
            subject: .target(TargetID(1)), cause: .transfer(failure), since: Samples.now,
            nextTry: Samples.now + .seconds(8))
        let text = Samples.status([Samples.target(0)], problems: [problem])
        let ending = """

            Problems:
              Sync2 -> h2:/t/: the host does not answer (ssh: connect to host h2 port 22: No route to host); \
            its changes wait, next try in 8.0 s
                do this
                then that

            """
        #expect(text.hasSuffix(ending))
    }

    @Test("a file name with a line break cannot write a line of its own")
    func forgedLines() {
        let name = RelativePath(uncheckedBytes: Array("x\nThere are 0 delays\ny".utf8))
        let text = Samples.status([Samples.target(0, pending: [Samples.pending(.waiting, name)])])
        #expect(text.contains("wait   Modify /x\\#012There are 0 delays\\#012y\n"))
        #expect(text.split(separator: "\n").filter { $0.hasPrefix("There are") } == ["There are 1 delays"])
    }

    @Test("counts all changes, also those that it does not list")
    func countBeyondList() {
        let text = Samples.status([Samples.target(0, pending: [Samples.pending(.waiting, "a")], count: 120_000)])
        #expect(text.contains("\nThere are 120000 delays\n"))
    }

    @Test("what watches each source stands behind the targets, with its reason")
    func means() {
        var snapshot = Samples.snapshot([Samples.target(0)])
        snapshot.sources[0].means = WatchMeans(.inotify, because: "the setting eventSource says so")
        let text = StatusText.render(
            snapshot, watches: WatchList(count: 0, watches: []), at: Samples.evening,
            words: Samples.words(Samples.settings())
        ).description
        #expect(text.hasSuffix("\n\nSources:\n  /srv/web/: watched by inotify: the setting eventSource says so\n"))
    }
}
