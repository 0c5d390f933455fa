import MirrorCore
import MirrorTesting
import Testing

/// Configurations of every kind, each started for real against stand-ins for rsync and ssh.
@Suite("configurations, started for real")
struct ConformanceTests {
    static let all =
        RsyncCases.options + RsyncCases.targets + SyncCases.patterns + SyncCases.deletions + SyncCases.changes
        + WayCases.rsyncssh + WayCases.direct + SettingsCases.keys + SettingsCases.era20 + SettingsCases.programs
        + SettingsCases.mistakes

    @Test("do what they say", arguments: all)
    func works(test: Case) async throws {
        try await Gate.all.pass { try await Stage(test).run(test) }
    }

    @Test("are at least 150, each with a name of its own")
    func count() {
        #expect(Self.all.count >= 150)
        let names = Dictionary(grouping: Self.all.map(\.name)) { $0 }.filter { $0.value.count > 1 }.keys
        #expect(names.isEmpty, "\(names)")
    }
}
