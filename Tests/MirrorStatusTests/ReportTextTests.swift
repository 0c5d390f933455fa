import MirrorCore
import MirrorStatus
import Testing

@Suite("what the log says of a report")
struct ReportTextTests {
    let batch = Job(id: JobID(1), target: TargetID(0), scope: .changes([Change("a"), Change("d", isSubtree: true)]))
    let everything = Job(id: JobID(2), target: TargetID(0), scope: .everything)

    func lines(_ reports: [Report], _ settings: Settings = Samples.settings(), whole: Bool = false) -> [LogLine] {
        var text = ReportText(settings: settings, words: Samples.words(settings), showsWholeLists: whole)
        return reports.flatMap { text.lines(for: $0, at: Samples.now) }
    }

    func ended(
        _ job: Job, _ result: Outcome.Result, code: Int32?, retryAfter: Duration? = nil, isQuiet: Bool = false
    ) -> Report {
        .transferEnded(job, Outcome(result, exitCode: code), retryAfter: retryAfter, isQuiet: isQuiet)
    }

    @Test("lsyncd's words for a comparison and a batch, in today's dialect")
    func current() {
        let failed = Outcome.Result.failed(Failure(.exited))
        let said = lines([
            .transferStarted(everything), ended(everything, failed, code: 12), ended(everything, .done, code: 0),
            .transferStarted(batch), ended(batch, failed, code: 12), ended(batch, .done, code: 0),
        ])
        #expect(said.allSatisfy { $0.category == .normal })
        #expect(
            said.map(\.text) == [
                "recursive full rsync: /srv/web/ -> h1:/t/", "Retrying startup of /srv/web/ -> h1:/t/: 12",
                "Startup of /srv/web/ -> h1:/t/ finished.",
                "Calling rsync with filter-list of new/modified files/dirs\n/a\n/d/",
                "Retrying a list after exitcode = 12", "Finished a list after exitcode: 0",
            ])
    }

    @Test("lsyncd's words for rsyncssh, and its silence about single changes of direct")
    func otherWays() {
        var settings = Samples.settings()
        let reports = [
            Report.transferStarted(everything), ended(everything, .done, code: 0), .transferStarted(batch),
            ended(batch, .failed(Failure(.exited)), code: 12), ended(batch, .done, code: 0),
        ]
        settings.syncs[0].transfer = .rsyncssh(RsyncSettings(), SshSettings(host: "h1", targetDirectory: "/t/"))
        let said = lines(reports, settings)
        #expect(said.allSatisfy { $0.category == .normal })
        #expect(
            said.map(\.text) == [
                "recursive full rsync: /srv/web/ -> h1:/t/", "Startup of \"/srv/web/\" finished: 0",
                "Rsyncing list\n/a\n/d/", "Retrying (list): 12", "Finished (list): 0",
            ])
        settings.syncs[0].transfer = .direct(RsyncSettings())
        #expect(lines(reports, settings).map(\.category) == [.normal, .normal, .info, .info, .info])
    }

    @Test("lsyncd 2.0's words where the configuration is of its era")
    func era20() {
        var settings = Samples.settings()
        settings.dialect = .era20
        let failed = Outcome.Result.failed(Failure(.exited))
        let said = lines(
            [
                .transferStarted(everything), ended(everything, failed, code: 255), ended(everything, .done, code: 0),
                ended(batch, failed, code: 12), ended(batch, .done, code: 0),
            ], settings)
        #expect(
            said.map(\.text) == [
                "recursive startup rsync: /srv/web/ -> h1:/t/", "Retrying startup of '/srv/web/'.",
                "Startup of '/srv/web/' finished.", "Retrying a list on exitcode = 12", "Finished a list = 0",
            ])
    }

    @Test("a comparison shows its excludes, or all its rules where there are filters")
    func rules() {
        var settings = Samples.settings()
        settings.syncs[0].excludes = ["*.bak", "x/"]
        #expect(
            lines([.transferStarted(everything)], settings).map(\.text) == [
                "recursive full rsync: /srv/web/ -> h1:/t/ excluding\n*.bak\nx/"
            ])
        settings.syncs[0].filters = [FilterRule(includes: true, pattern: "/a")]
        #expect(
            lines([.transferStarted(everything)], settings).map(\.text) == [
                "recursive full rsync: /srv/web/ -> h1:/t/ filtering\n+ /a\n- *.bak\n- x/"
            ])
    }

    @Test("a list shows its first 20 paths, with -log all each")
    func longLists() {
        let paths = (1...30).map { Change(RelativePath("f\($0)".utf8)!) }
        let job = Job(id: JobID(3), target: TargetID(0), scope: .changes(paths))
        let short = lines([.transferStarted(job)])[0].text.description
        #expect(short.hasSuffix("\n/f20\n... and 10 more"))
        #expect(lines([.transferStarted(job)], whole: true)[0].text.description.hasSuffix("\n/f29\n/f30"))
    }

    @Test("attempts for a target with a raised problem are not told at the default level, the next success is")
    func failingTarget() {
        let problem = Problem(
            subject: .target(TargetID(0)), cause: .transfer(Failure(.unreachable)), since: Samples.now - .seconds(720))
        let failed = ended(batch, .failed(Failure(.unreachable)), code: 255, isQuiet: true)
        let said = lines([
            .problemRaised(problem), .transferStarted(batch), failed, .problemEnded(problem), .transferStarted(batch),
        ])
        #expect(said.map(\.category) == [.warn, .info, .info, .normal, .normal])
        #expect(said[3].text == "Sync1 -> h1:/t/: works again after 12 min")
    }

    @Test("a problem says what happened, what happens now, and what to do; later only that it goes on")
    func problems() {
        let failure = Failure(.permissionDenied, detail: "root@h2: Permission denied (publickey).")
        var problem = Problem(
            subject: .target(TargetID(1)), cause: .transfer(failure), since: Samples.now - .seconds(180), count: 4)
        problem.nextTry = Samples.now + .seconds(300)
        let said = lines([.problemRaised(problem), .problemContinues(problem)])
        #expect(said.allSatisfy { $0.category == .error })
        #expect(
            said[0].text == """
                Sync2 -> h2:/t/: the server refuses the key or the password (root@h2: Permission denied (publickey).); \
                its changes wait, next try in 5 min
                  do this
                  then that
                """)
        #expect(
            said[1].text == """
                Sync2 -> h2:/t/: still the server refuses the key or the password, for 3 min now, met 4 times, \
                next try in 5 min
                """)
    }

    @Test("a suspect source names the command that releases it")
    func suspectSource() {
        let problem = Problem(
            subject: .source(SourceID(0)), cause: .source(.mountGone(mountPoint: "/srv", fileSystem: "ext4")),
            since: Samples.now)
        let text = lines([.problemRaised(problem)])[0].text.description
        #expect(text.hasPrefix("source /srv/web/: the file system (ext4) that was mounted at /srv is not there; "))
        #expect(text.hasSuffix("\n  mount it; if it is right as it is: lockstep accept /srv/web/"))
    }

    @Test("paths that do not arrive are listed with their reasons")
    func pathFailures() {
        let failure = PathFailure(Change("a/b"), kind: .unreadable, text: "opendir failed: Permission denied")
        let problem = Problem(subject: .paths(TargetID(0)), cause: .paths([failure], more: 2), since: Samples.now)
        let text = lines([.problemRaised(problem)])[0].text
        #expect(
            text == """
                Sync1 -> h1:/t/: 3 paths do not arrive while the rest goes on
                  /a/b: opendir failed: Permission denied
                  … and 2 more
                """)
    }

    @Test("paths that did not arrive are told after a transfer, until they are a problem")
    func partial() {
        let failure = PathFailure(Change("a"), kind: .unreadable, text: "no")
        let partial = ended(batch, .partial([failure]), code: 23, retryAfter: .seconds(2))
        let problem = Problem(subject: .paths(TargetID(0)), cause: .paths([failure], more: 0), since: Samples.now)
        let said = lines([partial, .problemRaised(problem), partial, .problemEnded(problem), partial])
        #expect(said.map(\.category) == [.normal, .warn, .error, .normal, .info, .normal, .normal, .warn])
        #expect(said[1].text == "Sync1 -> h1:/t/: 1 path did not arrive, tried again in 2.0 s; the first: /a: no")
    }

    @Test("signals have lsyncd's lines")
    func signals() {
        let said = lines([
            .stopping(.fade(signal: 15), runningTransfers: 2), .stopping(.fade(signal: 2), runningTransfers: 0),
            .stopping(.reload, runningTransfers: 0),
        ])
        #expect(
            said.map(\.text) == [
                "--- TERM signal, fading ---", "waiting for 2 more child processes.", "--- INT signal, fading ---",
                "--- HUP signal, resetting ---",
            ])
    }

    @Test("a fatal start names the remedy, a fatal exit code later does not speak of the start")
    func fatal() {
        let settings = Samples.settings()
        var text = ReportText(settings: settings, words: Samples.words(settings), showsWholeLists: false)
        let fatal = ExitReason.fatal(TargetID(0), Failure(.unreachable, detail: "no route"))
        let atStart = text.lines(for: fatal)
        #expect(atStart[0].text == "Sync1 -> h1:/t/: the host does not answer (no route)")
        #expect(
            atStart[1].text.description.hasPrefix(
                "Temporary or permanent failure on startup of /srv/web/ -> h1:/t/. Terminating since \"insist\""
            ))
        #expect(atStart[1].text.description.contains("-insist"))
        _ = text.lines(for: ended(everything, .done, code: 0), at: Samples.now)
        #expect(text.lines(for: fatal)[1].text == "Critical exitcode.")
    }

    @Test("syncs with one source count as one source, in the order of the settings")
    func sources() {
        var settings = Samples.settings()
        settings.syncs.append(SyncSettings(name: "Sync3", source: "/other", target: "t/"))
        #expect(settings.distinctSources == ["/srv/web", "/other"])
    }
}
