import Foundation
import MirrorCore
import MirrorLua
import Testing

@Suite("The article's configuration") struct ArticleTests {
    /// The file as it is but for the source, which exists on the article's servers only.
    private func load() throws -> LoadedConfiguration {
        let fixture = ConfigurationFixture()
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../examples/lsyncd.conf")
        let text = try String(contentsOf: file, encoding: .utf8)
        return try fixture.load(
            text.replacingOccurrences(of: "source=\"/var/www/mariusv\"", with: "source=\"SRC\""))
    }

    @Test("loads with the meaning that it had in lsyncd 2.0.5")
    func settings() throws {
        let settings = try load().settings
        #expect(settings.dialect == .era20)
        #expect(settings.maxProcesses == 5)
        #expect(settings.statusFile == "/tmp/lsyncd.status")
        #expect(settings.logFile == "/var/log/lsyncd.log")
        #expect(!settings.staysInForeground)
        #expect(settings.syncs.count == 4)
    }

    @Test("makes one sync for each server, with one word of options")
    func syncs() throws {
        let syncs = try load().settings.syncs
        let hosts = ["10.0.1.10", "10.0.1.11", "10.0.1.12", "10.0.1.13"]
        #expect(syncs.map(\.target) == hosts.map { ByteString("\($0):/var/www/mariusv/") })
        #expect(syncs.map(\.name) == ["Sync1", "Sync2", "Sync3", "Sync4"])
        var rsync = RsyncSettings()
        rsync.binary = "/usr/bin/rsync"
        rsync.words = ["-rltvupgo"]
        rsync.ignoresErrors = false
        for sync in syncs {
            #expect(sync.transfer == .rsync(rsync))
            #expect(sync.delay == .seconds(1))
            #expect(sync.maxDelays == 1000)
            #expect(sync.maxProcesses == 5)
            #expect(sync.delete == .always)
            #expect(sync.comparesAtStart)
            #expect(sync.exitCodes == .rsync)
        }
    }

    @Test("warns of the old forms once, with their lines")
    func warnings() throws {
        let warnings = try load().warnings
        #expect(warnings.map(\.place.line) == [1, 2, 18])
        #expect(warnings.allSatisfy { $0.severity == .warning })
        #expect(warnings.first?.text.contains("settings{") == true)
        #expect(warnings.last?.text.contains("_extra") == true)
    }
}
