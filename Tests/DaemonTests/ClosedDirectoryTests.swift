import Glibc
import MirrorCore
import MirrorTesting
import Testing

@Suite("a directory of the source that can't be read")
struct ClosedDirectoryTests {
    let trial: Trial

    init() throws {
        trial = try Trial()
        for directory in ["d\n*/sub", "e", "skipped"] as [ByteString] { try trial.source.makeDirectories(directory) }
        for name in ["d\n*/f", "d\n*/sub/g", "e/h", "skipped/s"] as [ByteString] {
            try trial.source.write(name, "content")
        }
    }

    /// Root reads everything, so it starts the program without the rights to.
    private func start() throws -> LockstepProcess {
        guard geteuid() == 0 else { return try trial.start("run", "conf") }
        let without: ByteString = "-dac_override,-dac_read_search"
        return try LockstepProcess(
            ["--bounding-set=" + without, "--inh-caps=" + without, "--", LockstepProcess.binary, "run", "conf"],
            environment: trial.environment, directory: trial.tree.path, binary: "/usr/bin/setpriv")
    }

    private func wait(until what: String, _ process: LockstepProcess, _ holds: @escaping () throws -> Bool) async throws
    {
        try await Condition.wait(
            until: what, deadline: .seconds(60), state: { process.output + process.errors }, holds: { try holds() })
    }

    @Test(
        "loses nothing at the target, in a batch and in a comparison of everything, and holds up nothing else",
        arguments: ["rsync", "stream"], ["", "exclude = { '/skipped/' }", "filter = { '- /skipped/' }"])
    func losesNothing(base: String, rules: String) async throws {
        try trial.write(trial.configuration(sync: rules).replacing("default.rsync", with: "default.\(base)"))
        let target = trial.target
        var process = try start()
        try await wait(until: "the first comparison is through", process) { try target.status("e/h") != nil }
        try await wait(until: "all of it is there", process) { try target.status("d\n*/sub/g") != nil }
        try trial.source.changeMode("skipped", 0)
        try trial.source.write("d\n*/f", "changed")
        try trial.source.changeMode("d\n*", 0)
        try trial.source.remove("e/h")
        try trial.source.write("e/new", "new")
        try await wait(until: "what is elsewhere arrives and goes", process) {
            try target.status("e/new") != nil && target.status("e/h") == nil
        }
        try await wait(until: "it is told", process) { process.errors.contains("can't be read: Permission denied") }
        #expect(try target.names("d\n*") == ["f", "sub"])
        try await process.crash()
        try trial.source.remove("e/new")
        process = try start()
        try await wait(until: "what went meanwhile goes", process) { try target.status("e/new") == nil }
        #expect(try target.names("d\n*") == ["f", "sub"])
        #expect(try target.names("d\n*/sub") == ["g"])
        #expect(!process.errors.contains("skipped") || rules.isEmpty)
        try trial.source.changeMode("d\n*", 0o755)
        try trial.source.changeMode("skipped", 0o755)
        try await wait(until: "the rest arrives when it can be read", process) {
            try target.read("d\n*/f") == "changed"
        }
        #expect(try await process.stop() == .code(143))
    }
}
