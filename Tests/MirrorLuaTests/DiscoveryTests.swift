import MirrorCore
import Testing

@testable import MirrorLua

@Suite("targets = discover…")
struct DiscoveryTests {
    private func discovery(_ inside: String, way: String = "rsync") throws -> DiscoverySettings {
        let fixture = ConfigurationFixture()
        let loaded = try fixture.load("sync{ default.\(way), source = 'SRC', delay = 3, \(inside) }")
        #expect(loaded.settings.syncs.isEmpty && loaded.warnings.isEmpty)
        return try #require(loaded.settings.discoveries.first)
    }

    @Test("the sync is the pattern of its targets")
    func pattern() throws {
        let found = try discovery("target = '${host}:/srv', targets = discover.file('/etc/hosts', { every = 30 })")
        #expect(found.way == .file("/etc/hosts") && found.every == .seconds(30))
        #expect(found.template.target == "${host}:/srv/" && found.template.delay == .seconds(3))
        #expect(try discovery("targets = discover.file('/x')").template.target == "")
        let module = try discovery("target = 'rsync://${host}:${port}/m', targets = discover.dns('_rsync._tcp.x.org')")
        #expect(module.way == .dns("_rsync._tcp.x.org") && module.template.target == "rsync://${host}:${port}/m/")
        #expect(
            try discovery("target = '/data/${host}', targets = discover.exec{ 'a', 'b c' }").way == .exec(["a", "b c"]))
        #expect(try discovery("targets = discover.exec('a | b')").way == .exec(["/bin/sh", "-c", "a | b"]))
        let ssh = try discovery(
            "host = 'me@${host}', targetdir = '/srv', targets = discover.file('/x')", way: "rsyncssh")
        #expect(ssh.template.target == "me@${host}:/srv/")
    }

    @Test(
        "what can't be is told with its cure",
        arguments: [
            ("targets = 'h:/x'", "is no discover.file"), ("targets = { 'a' }", "is no discover.file"),
            ("target = 'h:/x', targets = discover.file('/x')", "holds no ${host}"),
            ("targets = discover.dns('x.org')", "needs ${host}"),
            ("target = '${host}:/x', targets = discover.dns('a b')", "is no discover.file"),
            ("targets = discover.file('/x', { every = 0 })", "below one second"),
            ("targets = discover.file(5)", "takes a text"),
            ("targets = discover.file('/x'), tunnel = tunnel{ command = { 'x' } }", "with a tunnel"),
        ])
    func mistakes(_ inside: String, _ words: String) {
        let told = ConfigurationFixture().diagnostics("sync{ default.rsync, source = 'SRC', \(inside) }")
        #expect(told.contains { $0.contains(words) }, "\(told)")
    }

    @Test("a configuration may hold nothing else, and a global of the same name is its own")
    func alone() throws {
        let text =
            "local function discover() return 'h:/x' end sync{ default.rsync, source = 'SRC', target = discover() }"
        #expect(try ConfigurationFixture().sync(text).target == "h:/x/")
    }
}
