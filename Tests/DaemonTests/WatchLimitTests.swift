import Glibc
import MirrorCore
import MirrorTesting
import Testing

/// The kernel's limits on inotify, in a user namespace of its own, which has its own ones.
@Suite("The limits of inotify")
struct WatchLimitTests {
    private static let directories = 500

    private func start(_ trial: Trial, limit: String) throws -> LockstepProcess {
        try trial.write(
            trial.configuration(
                settings: "logfile = '\(trial.tree.path)/log', statusFile = '\(trial.tree.path)/status', "
                    + "statusInterval = 1, nodaemon = true, eventSource = 'inotify'"))
        let script = ByteString("echo \(limit) && exec \"$0\" \"$@\"")
        return try LockstepProcess(
            ["-U", "-r", "sh", "-c", script, LockstepProcess.binary, "run", "conf"], environment: trial.environment,
            directory: trial.tree.path, binary: "/usr/bin/unshare")
    }

    private func raise(_ name: String, to value: Int, of process: LockstepProcess) async throws {
        let command = ByteString("echo \(value) >/proc/sys/user/\(name)")
        _ = try await ChildProcess.run([
            "nsenter", "-U", "--preserve-credentials", "-t", ByteString("\(process.identifier)"), "sh", "-c", command,
        ])
    }

    private static func refusal() async -> Comment? {
        do {
            _ = try await ChildProcess.run([
                "unshare", "-U", "-r", "sh", "-c", "echo 100 >/proc/sys/user/max_inotify_watches",
            ])
            return nil
        } catch {
            return "no user namespace with limits of its own can be made here: \(error)"
        }
    }

    private func wait(
        until what: String, _ trial: Trial, _ process: LockstepProcess, _ holds: @escaping () throws -> Bool
    ) async throws {
        try await Condition.wait(
            until: what, deadline: .seconds(240), interval: .milliseconds(200),
            state: {
                process.errors + ((try? trial.tree.tree.read("log").description.suffix(3000)).map(String.init) ?? "")
            },
            holds: { try holds() })
    }

    @Test("with 100 watches for 500 directories all arrives, the cure is told, and raising the limit ends it")
    func watches() async throws {
        if let refusal = await Self.refusal() { try Test.cancel(refusal) }
        let trial = try Trial()
        for directory in 0..<Self.directories { try trial.source.makeDirectory(ByteString("d\(directory)")) }
        let process = try start(trial, limit: "100 >/proc/sys/user/max_inotify_watches")
        func status() throws -> String { try trial.tree.tree.read("status").description }
        try await wait(until: "the problem is shown with its cure", trial, process) {
            try trial.tree.tree.status("status") != nil && status().contains("sysctl fs.inotify.max_user_watches=")
        }
        // 100 watches less the root's and what else the program needs.
        #expect(try status().contains("limit of 100 watches"))
        for directory in 0..<Self.directories { try trial.source.write(ByteString("d\(directory)/f"), "x") }
        try await wait(until: "all files have arrived", trial, process) {
            try (0..<Self.directories).allSatisfy { try trial.target.status(ByteString("d\($0)/f")) != nil }
        }
        #expect(process.exit == nil)
        try await raise("max_inotify_watches", to: 100_000, of: process)
        try await wait(until: "the problem has ended", trial, process) {
            try !status().contains("max_user_watches")
        }
        try trial.source.write("d499/g", "x")
        try await wait(until: "what is watched now arrives", trial, process) {
            try trial.target.status("d499/g") != nil
        }
        let told = try trial.tree.tree.read("log").description.split(separator: "\n").count {
            $0.contains("watches is reached")
        }
        #expect(told < 10)
        try await process.stop()
    }

    @Test("without an instance of inotify all is compared, the cure is told, and raising the limit ends it")
    func instances() async throws {
        if let refusal = await Self.refusal() { try Test.cancel(refusal) }
        let trial = try Trial()
        try trial.source.write("f", "x")
        let process = try start(trial, limit: "0 >/proc/sys/user/max_inotify_instances")
        try await wait(until: "the problem is shown with its cure", trial, process) {
            try trial.tree.tree.status("status") != nil
                && trial.tree.tree.read("status").description.contains("sysctl fs.inotify.max_user_instances=")
        }
        try await wait(until: "all is compared", trial, process) { try trial.target.status("f") != nil }
        #expect(process.exit == nil)
        try await raise("max_inotify_instances", to: 100, of: process)
        try await wait(until: "the problem has ended", trial, process) {
            try !trial.tree.tree.read("status").description.contains("max_user_instances")
        }
        try trial.source.write("g", "x")
        try await wait(until: "what is watched now arrives", trial, process) { try trial.target.status("g") != nil }
        try await process.stop()
    }
}
