import Glibc
import MirrorCore
import MirrorTesting

/// What all rounds of one call share.
struct Chaos {
    private let available: [FileSystem]
    private let binary: ByteString?
    private let patience: Duration

    init(program: String?, patience: Int) async throws {
        if let obstacle = await Cluster.obstacle() { throw FixtureError(obstacle) }
        binary = program.map { ByteString($0) }
        self.patience = .seconds(patience)
        available = try await FileSystem.available { print($0) }
    }

    func round(_ seed: UInt64) async throws -> RoundReport {
        try await ChaosRound(ChaosPlan(seed: seed, available: available), deadline: patience, binary: binary).run()
    }
}
