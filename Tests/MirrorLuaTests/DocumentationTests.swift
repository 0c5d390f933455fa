import Foundation
import Testing

@testable import MirrorLua

@Suite("docs/configuration.md") struct DocumentationTests {
    /// The names in the first column of the table in a section.
    private func keys(ofSection title: String) throws -> Set<String> {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/configuration.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        let sections = text.components(separatedBy: "\n## ").filter { $0.hasPrefix(title + "\n") }
        let section = try #require(sections.first)
        let rows = section.components(separatedBy: "\n").filter { $0.hasPrefix("| `") }
        let names = rows.flatMap { row in
            row.dropFirst(2).components(separatedBy: " | ")[0].components(separatedBy: ", ").map {
                $0.trimmingCharacters(in: CharacterSet(charactersIn: "` "))
            }
        }
        return Set(names.filter { !$0.hasPrefix("settings ") && !$0.hasPrefix("settings.") })
    }

    @Test("every setting that is accepted is described, and none besides")
    func settings() throws {
        #expect(try keys(ofSection: "settings") == Set(KnownKeys.acceptedSettings))
    }

    @Test("lockstep.conf(5) has every setting and every parameter")
    func manualPage() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../man/lockstep.conf.5")
        let lines = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n")
        let heads = zip(lines, lines.dropFirst()).filter { $0.0 == ".TP" }.map(\.1)
        let all = KnownKeys.acceptedSettings + KnownKeys.acceptedSync + KnownKeys.sshSync + KnownKeys.streamSync
        for key in all { #expect(heads.contains { $0.contains("\\fB\(key)\\fP") }, "\(key)") }
    }

    @Test("every parameter of sync that is accepted is described, and none besides")
    func sync() throws {
        #expect(try keys(ofSection: "sync") == Set(KnownKeys.acceptedSync))
    }

    @Test("every option of rsync that is accepted is described, and none besides")
    func rsync() throws {
        #expect(try keys(ofSection: "rsync") == Set(KnownKeys.rsync))
    }

    @Test("every parameter of default.rsyncssh alone, and every option of ssh, is described, and none besides")
    func ssh() throws {
        #expect(try keys(ofSection: "default.rsyncssh") == Set(KnownKeys.sshSync))
        #expect(try keys(ofSection: "ssh") == Set(KnownKeys.ssh))
    }

    @Test("every parameter of default.stream alone is described, and none besides")
    func stream() throws { #expect(try keys(ofSection: "default.stream") == Set(KnownKeys.streamSync)) }

    @Test("every key of a tunnel is described, and none besides")
    func tunnel() throws { #expect(try keys(ofSection: "tunnel") == Set(TunnelDecoding.known)) }

    @Test("every older name that still runs is described, and none besides")
    func olderNames() throws {
        #expect(try keys(ofSection: "Older names") == Set(KnownKeys.oldSettings + KnownKeys.oldSync))
    }

    @Test("what the lists of names hold is what the loader accepts")
    func accepted() {
        let values = [
            "inotifyMode": "'Modify'", "logfacility": "'user'", "rsyncCompat": "'exact'", "nodaemon": "true",
            "onepass": "true", "insist": "true", "sshMultiplex": "true", "eventSource": "'inotify'", "rescan": "600",
            "engine": "'rsync'", "agentInstall": "true",
            "http": "9180",
            "reload": "'difference'", "logFormat": "'json'", "logCategories": "{ 'Info', 'all' }",
        ]
        for key in KnownKeys.acceptedSettings {
            let text = "settings{ \(key) = \(values[key] ?? "7") }\n" + MistakeTests.plain
            #expect(ConfigurationFixture().diagnostics(text).isEmpty, "\(key)")
        }
        for (key, _) in RsyncWords.shortOptions {
            #expect(
                ConfigurationFixture().diagnostics(MistakeTests.sync("rsync = { \(key) = true }")).isEmpty, "\(key)")
        }
        for (key, form) in RsyncWords.longOptions {
            let value = form == .flag ? "true" : "'7'"
            let text = MistakeTests.sync("rsync = { \(key) = \(value) }")
            #expect(ConfigurationFixture().diagnostics(text).isEmpty, "\(key)")
        }
    }
}
