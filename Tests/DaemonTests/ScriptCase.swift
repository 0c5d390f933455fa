import MirrorCore
import MirrorTesting
import Testing

/// A configuration, what happens in the source, and the calls that follow.
struct ScriptCase: CustomTestStringConvertible, Sendable {
    let name: String
    let configuration: String
    let prepared: [String]
    let steps: [(step: String, calls: [String])]
    /// Programs that write down how they are called, beside the usual ones.
    let programs: [ByteString]
    var testDescription: String { name }

    /// A step that begins with `then` comes when nothing waits and nothing runs. `prepared` is there before the program
    /// starts; calls that stand behind "start" come without any step.
    init(
        _ name: String, _ configuration: String, prepared: [String] = [], programs: [ByteString] = [],
        _ steps: [(String, [String])]
    ) {
        self.name = name
        self.configuration = configuration
        self.prepared = prepared
        self.programs = programs
        self.steps = steps.map { (step: $0.0, calls: $0.1) }
    }

    func run() async throws {
        let scene = try ScriptTrial(programs: programs)
        for step in prepared { try scene.perform(step) }
        let process = try scene.start(configuration)
        try await scene.waitUntilLive(process)
        // An event that comes while Init is still in the queue is taken for one that meets it: a move is split, say.
        if steps.first?.step != "start" { try await scene.waitUntilIdle(process) }
        var expected: [String] = []
        for (step, calls) in steps {
            if step.hasPrefix("then ") { try await scene.waitUntilIdle(process) }
            if step != "start" { try scene.perform(step) }
            expected += calls
            try await scene.wait(forCalls: expected.count, of: process)
        }
        #expect(try await process.stop() == .code(143))
        let calls = try scene.calls()
        #expect(calls == expected, "\(calls)")
    }
}
