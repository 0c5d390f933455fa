import Glibc
import MirrorTesting

/// `make run`: the article's cluster on one machine, live, and at the end whether all trees are equal.
@main
struct LockstepDemo {
    static func main() async {
        switch Options.parse(CommandLine.arguments.dropFirst()) {
        case .failure(let problem):
            say(problem.description)
            exit(64)
        case .success(let options):
            do {
                exit(try await run(options) ? 0 : 1)
            } catch {
                say("The demonstration ended early: \(error)")
                exit(1)
            }
        }
    }

    private static func run(_ options: Options) async throws -> Bool {
        let stage = try await makeStage(options)
        defer { stage.stop() }
        var demonstration = try Demonstration(on: stage, options: options)
        return try await demonstration.run()
    }

    private static func makeStage(_ options: Options) async throws -> Stage {
        if options.isLocal { return try Stage.local() }
        if let obstacle = await Cluster.obstacle() {
            say("No cluster: \(obstacle).")
            say("The same with four directories of this machine instead.\n")
            return try Stage.local()
        }
        return try await Stage.cluster()
    }
}
