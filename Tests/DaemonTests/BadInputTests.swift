import MirrorCore
import MirrorTesting
import Testing

@Suite("bad input: a clear message, the right exit code, nothing touched")
struct BadInputTests {
    let trial: Trial

    init() throws {
        trial = try Trial()
        try trial.source.write("file", "x")
    }

    /// The same mistake under both names: 255 for lsyncd, our own code else; the message holds all of `words`.
    func expectRefused(
        own code: Int32, words: [String], left names: Set<ByteString> = ["conf"],
        location: SourceLocation = #_sourceLocation
    ) async throws {
        let asLsyncd = try await trial.run("-nodaemon", "conf", asLsyncd: true)
        #expect(asLsyncd.exit == .code(255), sourceLocation: location)
        let inBackground = try await trial.run("conf", asLsyncd: true)
        #expect(inBackground.exit == .code(255), sourceLocation: location)
        let own = try await trial.run("run", "conf")
        #expect(own.exit == .code(code), sourceLocation: location)
        for ending in [asLsyncd, inBackground, own] {
            #expect(ending.output.isEmpty, sourceLocation: location)
            for word in words { #expect(ending.errors.contains(word), sourceLocation: location) }
        }
        #expect(asLsyncd.errors.hasPrefix("Error: "), sourceLocation: location)
        try trial.expectUntouched(names, location: location)
    }

    @Test("a configuration that is not there")
    func missingConfiguration() async throws {
        try await expectRefused(own: 78, words: ["conf"], left: [])
        let lsyncd = try await trial.run("nofile", asLsyncd: true)
        #expect(lsyncd.errors == "Error: Cannot find config file at 'nofile'.\n")
    }

    @Test("a syntax error, with its line")
    func syntaxError() async throws {
        try trial.write("settings{}\nsync{ default.rsync,, source = 1 }\n")
        try await expectRefused(own: 78, words: ["conf:2"])
    }

    @Test("a misspelt setting, with the right word; several mistakes at once")
    func unknownSetting() async throws {
        try trial.write(trial.configuration(settings: "insisit = true, statusFle = 'x'", sync: "exlude = 'x'"))
        try await expectRefused(own: 78, words: ["conf:1", "insist", "statusFile", "conf:2", "exclude"])
    }

    @Test("a source that is not there")
    func missingSource() async throws {
        let configuration = trial.configuration().replacing("/source\"", with: "/nosource\"")
        try trial.write(configuration)
        try await expectRefused(own: 78, words: ["/nosource"])
    }

    @Test("rsync that is not installed, with the package")
    func missingRsync() async throws {
        try trial.write(trial.configuration(sync: "rsync = { binary = '/nonexistent/rsync' }"))
        try await expectRefused(own: 69, words: ["/nonexistent/rsync", "apt install rsync"])
    }

    @Test("a log file in a directory that is not there")
    func logDirectory() async throws {
        try trial.write(trial.configuration(settings: "logfile = 'none/log'"))
        try await expectRefused(own: 78, words: ["/none/log", "mkdir -p"])
    }

    @Test("a process id file in a directory that is not there")
    func pidDirectory() async throws {
        try trial.write(trial.configuration(settings: "pidfile = 'none/pid'"))
        try await expectRefused(own: 78, words: ["/none/pid"])
    }

    @Test("a configuration without a sync")
    func noSync() async throws {
        try trial.write("settings{}\n")
        try await expectRefused(own: 78, words: ["conf"])
    }

    @Test("lsyncd's command line, in lsyncd's words")
    func lsyncdLine() async throws {
        let unknown = try await trial.run("-bogus", asLsyncd: true)
        #expect(unknown.exit == .code(255) && unknown.errors == "Error: unknown option command line option -bogus\n")
        let version = try await trial.run("-version", asLsyncd: true)
        #expect(version.exit == .code(0) && version.output.hasPrefix("Version: 2.3.1"))
        let help = try await trial.run("-help", asLsyncd: true)
        #expect(help.exit == .code(255) && help.output.contains("-nodaemon") && help.errors.isEmpty)
        let nothing = try await trial.run(asLsyncd: true)
        #expect(nothing.exit == .code(255) && nothing.output == help.output)
        let same = try await trial.run("lsyncd", "-version")
        #expect(same.exit == .code(0) && same.output == version.output)
    }

    @Test("our own command line: 64, with the command that was meant")
    func ownLine() async throws {
        let misspelt = try await trial.run("chek", "conf")
        #expect(misspelt.exit == .code(64) && misspelt.errors.contains("did you mean \"check\"?"))
        for words: [ByteString] in [
            ["run"], ["--bogus"], ["mirror", "/tmp"], ["run", "--log", "bogus", "x"], ["mirror"],
        ] {
            let process = try LockstepProcess(words, directory: trial.tree.path)
            #expect(try await process.waitForExit() == .code(64), "\(words)")
            #expect(process.output.isEmpty && !process.errors.isEmpty)
        }
        let source = try await trial.run("mirror", "/nonexistent", "x")
        #expect(source.exit == .code(69) && source.errors.contains("/nonexistent"))
        let accept = try await trial.run("accept", "/nonexistent")
        #expect(accept.exit == .code(69) && accept.errors.contains("/nonexistent"))
    }

    @Test("check prints what is wrong, or what would run, and starts nothing")
    func check() async throws {
        try trial.write(trial.configuration(settings: "logfile = 'log'", sync: "exclude = '*.bak'"))
        let fine = try await trial.run("check", "conf")
        #expect(fine.exit == .code(0) && fine.errors.isEmpty)
        #expect(fine.output.contains("Sync1: \(trial.source.root)/ -> \(trial.target.root)/"))
        #expect(fine.output.contains("log: \(trial.tree.path)/log"))
        try trial.write("sync{ default.rsyn, source = 1 }", as: "bad")
        let bad = try await trial.run("check", "bad")
        #expect(bad.exit == .code(78) && bad.output.isEmpty && bad.errors.contains("bad:1: error: "))
        try trial.expectUntouched(["conf", "bad"])
    }
}
