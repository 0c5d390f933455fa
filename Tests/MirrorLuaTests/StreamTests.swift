import MirrorCore
import MirrorLua
import Testing

@Suite("default.stream") struct StreamTests {
    private func sync(_ inside: String) throws -> (sync: SyncSettings, stream: StreamSettings) {
        let sync = try ConfigurationFixture().sync("sync{ default.stream, source = 'SRC', \(inside) }")
        guard case .stream(_, let stream) = sync.transfer else { throw FixtureError.notStream }
        return (sync, stream)
    }

    private enum FixtureError: Error { case notStream }

    private func mistakes(_ inside: String) -> String {
        ConfigurationFixture().diagnostics("sync{ default.stream, source = 'SRC', \(inside) }").map { "\($0)" }
            .joined(separator: "\n")
    }

    @Test("it begins with everything that archive means, and goes at once")
    func plain() throws {
        let (sync, stream) = try sync("target = '/t'")
        #expect(sync.target == "/t/" && sync.delay == .zero && sync.delete == .always)
        #expect(stream.options == (try StreamOptions(words: ["-a"])))
        #expect(stream.agentPath == nil && !stream.storesFirst)
        #expect(sync.transfer.rsync.words.count == 1)
    }

    @Test("its options and its own keys are taken, for a host too")
    func options() throws {
        let (sync, stream) = try sync(
            """
            target = 'u@h:/t', agentPath = '/opt/lockstep-agent', fsync = true,
            rsync = { hard_links = true, acls = true, xattrs = true, sparse = true, perms = false, bwlimit = 100 }
            """)
        #expect(sync.target == "u@h:/t/")
        #expect(stream.agentPath == "/opt/lockstep-agent" && stream.storesFirst)
        #expect(stream.options.hardLinks && stream.options.sparse && stream.options.bandwidth == 102_400)
    }

    @Test(
        "an option that it does not do is an error that names it",
        arguments: ["update", "checksum", "inplace", "backup"])
    func refused(option: String) {
        let text = mistakes("target = '/t', rsync = { \(option) = true }")
        #expect(text.contains("default.stream does not do"), "\(text)")
    }

    @Test("so are a module, the root directory, times off, a place that is none, and functions of one's own")
    func others() {
        #expect(mistakes("target = 'h::m'").contains("use default.rsync"))
        #expect(mistakes("target = 'rsync://h/m'").contains("use default.rsync"))
        #expect(mistakes("target = '/'").contains("root directory"))
        #expect(mistakes("target = '/t', rsync = { times = false }").contains("times = false"))
        #expect(mistakes("target = '/t', agentPath = 'agent'").contains("agentPath"))
        #expect(mistakes("target = '/t', init = function() end").contains("takes default.rsync"))
        let other = ConfigurationFixture().diagnostics(
            "sync{ default.rsync, source = 'SRC', target = '/t', agentPath = '/x' }")
        #expect(other.map { "\($0)" }.joined().contains("belongs to default.stream"))
    }
}

@Suite("engine = \"stream\" in settings") struct EngineTests {
    private func load(_ syncs: String, settings: String = "engine = 'stream'") throws -> LoadedConfiguration {
        try ConfigurationFixture().load("settings{ \(settings) }\n" + syncs)
    }

    private func isStream(_ sync: SyncSettings) -> Bool { if case .stream = sync.transfer { true } else { false } }

    @Test("a sync of default.rsync that comes out the same goes through the stream, at once")
    func switches() throws {
        let loaded = try load(
            """
            sync{ default.rsync, source = 'SRC', target = '/t' }
            sync{ default.rsync, source = 'SRC', target = '/u', delay = 15, rsync = { archive = true, bwlimit = 9 } }
            sync{ default.rsync, source = 'SRC', target = 'h:/t' }
            sync{ default.rsync, source = 'SRC', target = 'h:/t',
                rsync = { archive = true, _extra = { '--numeric-ids' } } }
            """)
        #expect(loaded.warnings.isEmpty)
        #expect(loaded.settings.engine == .stream)
        #expect(loaded.settings.syncs.allSatisfy(isStream))
        // What a person wrote stays.
        #expect(loaded.settings.syncs.map(\.delay) == [.zero, .seconds(15), .zero, .zero])
        guard case .stream(_, let stream) = loaded.settings.syncs[1].transfer else { return }
        #expect(stream.options.bandwidth == 9216 && stream.options.owners && !stream.installs)
        let late = try load(
            "sync{ default.rsync, source = 'SRC', target = '/t' }", settings: "engine = 'stream', delay = 3")
        #expect(late.settings.syncs[0].delay == .seconds(3))
    }

    @Test(
        "one that would come out differently stays with rsync, and says why",
        arguments: [
            ("target = 'h::m'", "daemon"), ("target = 'rsync://h/m'", "daemon"),
            ("target = 'h:/t', rsync = { archive = true }", "by name"),
            ("target = '/t', rsync = { update = true }", "-u"),
            ("target = '/t', rsync = { checksum = true }", "-c"),
            ("target = '/t', rsync = { _extra = { '--chmod=D755' } }", "--chmod=D755"),
            ("target = '/t', delete = true, rsync = { delete_excluded = true }", "delete_excluded"),
            ("target = '/t', rsync = { binary = '/opt/rsync' }", "binary"),
            ("target = '/t', rsync = { times = false }", "times"),
            ("target = '/t', exitcodes = { [23] = 'again' }", "exitcodes"),
        ])
    func stays(inside: String, reason: String) throws {
        let loaded = try load("sync{ default.rsync, source = 'SRC', \(inside) }")
        #expect(!isStream(loaded.settings.syncs[0]))
        #expect(loaded.settings.syncs[0].delay == .seconds(15))
        let text = loaded.warnings.map { "\($0)" }.joined()
        #expect(text.contains("stays with rsync") && text.contains(reason), "\(text)")
    }

    @Test("without it nothing changes; other ways and functions of one's own are left alone")
    func others() throws {
        let plain = try load("sync{ default.rsync, source = 'SRC', target = '/t' }", settings: "engine = 'rsync'")
        #expect(!isStream(plain.settings.syncs[0]))
        let loaded = try load("sync{ default.direct, source = 'SRC', target = '/t' }")
        #expect(!isStream(loaded.settings.syncs[0]) && loaded.warnings.isEmpty)
        #expect(
            ConfigurationFixture().diagnostics("settings{ engine = 'fast' }\n" + MistakeTests.plain).joined().contains(
                "engine is \"fast\""))
    }

    @Test("agentInstall is asked for, by all or by one, and never assumed")
    func installs() throws {
        func installs(_ settings: String, _ inside: String = "") throws -> [Bool] {
            try load(
                """
                sync{ default.stream, source = 'SRC', target = 'h:/t'\(inside) }
                sync{ default.rsync, source = 'SRC', target = 'h:/t' }
                """, settings: settings
            ).settings.syncs.map { sync in
                if case .stream(_, let stream) = sync.transfer { stream.installs } else { false }
            }
        }
        #expect(try installs("engine = 'stream'") == [false, false])
        #expect(try installs("engine = 'stream', agentInstall = true") == [true, true])
        #expect(try installs("engine = 'stream', agentInstall = true", ", agentInstall = false") == [false, true])
        #expect(try installs("engine = 'rsync'", ", agentInstall = true") == [true, false])
    }
}

@Suite("deleteLimit") struct DeleteLimitTests {
    private func limit(_ settings: String, _ inside: String = "", base: String = "stream") throws -> DeleteLimit? {
        let sync = try ConfigurationFixture().sync(
            "settings{ \(settings) }\nsync{ default.\(base), source = 'SRC', target = '/t'\(inside) }")
        guard case .stream(_, let stream) = sync.transfer else { return nil }
        return stream.deleteLimit
    }

    @Test("is on unless somebody says otherwise, for all or for one")
    func values() throws {
        #expect(try limit("") == .half)
        #expect(try limit("", ", deleteLimit = 7") == .names(7))
        #expect(try limit("deleteLimit = 9") == .names(9))
        #expect(try limit("deleteLimit = 9", ", deleteLimit = true") == .half)
        #expect(try limit("deleteLimit = false") == DeleteLimit.none)
        #expect(try limit("engine = 'stream'", base: "rsync") == .half)
        #expect(try limit("engine = 'stream', deleteLimit = 3", base: "rsync") == .names(3))
        let wrong = ConfigurationFixture().diagnostics(
            "sync{ default.stream, source = 'SRC', target = '/t', deleteLimit = 'many' }")
        #expect(wrong.joined().contains("deleteLimit"))
    }
}
