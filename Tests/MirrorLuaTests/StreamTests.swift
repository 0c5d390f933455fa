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
