import Foundation
import MirrorCore
import Testing

@testable import MirrorLinux

@Suite("Ending processes")
struct ProcessStopTests {
    @Test("stop ends the whole group, also within a cancelled task, and stops what comes later under the token")
    func stopToken() async throws {
        let pids = Collected<Int32>()
        var command = Command.shell("sleep 100 & echo $!; sleep 100")
        command.token = 9
        command.onOutput = { _, bytes in
            pids.append(Int32(String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .newlines)) ?? -1)
        }
        try await withKernel { [command] kernel in
            let end = await withTaskGroup(of: ProcessEnd.self) { group in
                group.addTask { await kernel.run(command) }
                group.cancelAll()
                await expectEventually { pids.count == 1 }
                kernel.stop(token: 9)
                return await group.next()
            }
            #expect(end?.ending == .stopped)
            let pid = try #require(pids.all.first)
            await expectEventually { kill(pid, 0) != 0 }
            #expect(await kernel.run(command).ending == .stopped)
            var other = Command.shell("exit 3")
            other.token = 10
            #expect(await kernel.run(other).ending == .exited(3))
        }
    }

    @Test("a child that ignores SIGTERM is killed")
    func stubborn() async throws {
        let lines = Collected<Bool>()
        var command = Command.shell("trap '' TERM; echo ready; while :; do sleep 1; done")
        command.token = 1
        command.onOutput = { _, _ in lines.append(true) }
        try await withKernel { [command] kernel in
            async let end = kernel.run(command)
            await expectEventually { lines.count == 1 }
            kernel.stop(token: 1)
            #expect(await end.ending == .stopped)
        }
    }

    @Test("a child in which nothing moves is stalled; one that computes or writes is not")
    func stall() async throws {
        try await withKernel { kernel in
            var still = Command.shell("sleep 100 | sleep 100")
            still.progressTimeout = .milliseconds(200)
            async let stalled = kernel.run(still)
            var talking = Command.shell("for i in 1 2 3 4 5 6 7 8 9 10; do echo; sleep 0.1; done")
            talking.progressTimeout = .milliseconds(600)
            async let talked = kernel.run(talking)
            #expect(await stalled.ending == .stalled)
            #expect(await talked.ending == .exited(0))
        }
    }

    @Test("what a connection does to stay alive is no progress of the program that holds it")
    func keepAlive() async throws {
        let scratch = Scratch()
        try FileManager.default.copyItem(atPath: "/usr/bin/yes", toPath: scratch.path + "/ssh")
        var command = Command.shell("'\(scratch.path)/ssh' >/dev/null & sleep 100")
        command.progressTimeout = .milliseconds(300)
        // Only where it is not seen as stalled does this limit end it.
        command.timeLimit = .seconds(60)
        let end = try await withKernel { [command] in await $0.run(command) }
        #expect(end.ending == .stalled)
    }

    @Test("reading and computing without a word is progress")
    func silentProgress() async throws {
        let before = GroupProgress.measure(group: getpgrp())
        _ = SmallFile.read("/proc/self/status")
        let after = GroupProgress.measure(group: getpgrp())
        #expect(before != after)
    }

    @Test("the time limit ends a child that moves")
    func timeLimit() async throws {
        var command = Command.shell("while :; do echo; sleep 0.05; done")
        command.timeLimit = .milliseconds(300)
        command.progressTimeout = .seconds(100)
        let end = try await withKernel { [command] in await $0.run(command) }
        #expect(end.ending == .timedOut)
    }

    @Test("stopping the kernel thread kills its children and answers for them")
    func stopKernel() async throws {
        let lines = Collected<Int32>()
        var command = Command.shell("echo $$; trap '' TERM; sleep 100; sleep 100")
        command.onOutput = { _, bytes in
            lines.append(Int32(String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .newlines)) ?? -1)
        }
        let kernel = try KernelThread()
        kernel.start()
        async let end = kernel.run(command)
        await expectEventually { lines.count == 1 }
        kernel.stop()
        #expect(await end.ending == .stopped)
        #expect(lines.all.first.map { kill($0, 0) != 0 } == true)
        #expect(await kernel.run(command).ending == .stopped)
    }

    @Test("1000 runs in a row and 200 at once leave no descriptor and no zombie")
    func nothingLeaks() async throws {
        try await withKernel { kernel in
            let before = Self.openDescriptors()
            let command = Command(executable: "/bin/true", arguments: ["true"], input: [1])
            var failures = 0
            for _ in 0..<1000 where await kernel.run(command).ending != .exited(0) { failures += 1 }
            failures += await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<200 { group.addTask { await kernel.run(.shell("echo $$")).ending == .exited(0) } }
                return await group.reduce(0) { $0 + ($1 ? 0 : 1) }
            }
            #expect(failures == 0)
            // Other tests open and close descriptors meanwhile; 1200 leaks would stand out all the same.
            #expect(Self.openDescriptors() < before + 400)
            // A zombie of another test lasts two seconds at most.
            await expectEventually { Self.zombies(named: "true") + Self.zombies(named: "sh") == 0 }
        }
    }

    @Test("programs are found by PATH, by path, or not")
    func findPrograms() {
        let scratch = Scratch()
        scratch.write("tool")
        #expect(Programs.find("tool", path: scratch.bytes()) == nil)
        chmod(scratch.path + "/tool", 0o755)
        #expect(Programs.find("tool", path: "/no/where:" + scratch.bytes()) == scratch.bytes("tool"))
        #expect(Programs.find(scratch.bytes("tool")) == scratch.bytes("tool"))
        #expect(Programs.find(scratch.bytes("none")) == nil)
        #expect(Programs.find(scratch.bytes()) == nil)
        #expect(Programs.find("") == nil)
        #expect(Programs.find("sh") != nil)
    }

    private static func openDescriptors() -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
    }

    private static func zombies(named name: String) -> Int {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.filter { pid in
            guard Int(pid) != nil else { return false }
            let stat = String(decoding: SmallFile.read("/proc/\(pid)/stat"), as: UTF8.self)
            return stat.contains("(\(name)) Z \(getpid()) ")
        }.count
    }
}
