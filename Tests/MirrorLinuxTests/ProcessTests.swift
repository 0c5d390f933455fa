import Foundation
import MirrorCore
import Testing

@testable import MirrorLinux

@Suite("Processes")
struct ProcessTests {
    @Test("exit code and both streams arrive")
    func exitCode() async throws {
        let end = try await withKernel { await $0.run(.shell("echo out; echo err >&2; exit 7")) }
        #expect(end.ending == .exited(7))
        #expect(end.output == Array("out\n".utf8))
        #expect(end.errors == Array("err\n".utf8))
    }

    @Test("a signal that somebody else sends is told")
    func killedBySignal() async throws {
        let end = try await withKernel { await $0.run(.shell("kill -KILL $$")) }
        #expect(end.ending == .killed(signal: SIGKILL))
    }

    @Test("words arrive as bytes, whatever is in them")
    func argumentsAreBytes() async throws {
        let odd: [UInt8] = [0xff, 0x0a, 0x2a, 0x20, 0x27, 0x5b]
        var command = Command(executable: "/usr/bin/printf", arguments: ["printf", "%s", ByteString(odd)])
        command.environment = []
        let end = try await withKernel { [command] in await $0.run(command) }
        #expect(end.output == odd)
    }

    @Test("environment and directory are those of the command")
    func environmentAndDirectory() async throws {
        let scratch = Scratch()
        var command = Command.shell("echo \"$COLOUR\"; pwd; env | wc -l")
        command.environment = ["COLOUR=blue"]
        command.workingDirectory = scratch.bytes()
        let end = try await withKernel { [command] in await $0.run(command) }
        let lines = String(decoding: end.output, as: UTF8.self).split(separator: "\n")
        #expect(lines[0] == "blue")
        #expect(lines[1] == Substring(scratch.path))
    }

    @Test("input of any size is read to its end, twice where somebody likes")
    func input() async throws {
        var command = Command.shell("wc -c; wc -c < /proc/self/fd/0")
        command.input = [UInt8](repeating: 0x61, count: 3_000_000)
        let end = try await withKernel { [command] in await $0.run(command) }
        #expect(String(decoding: end.output, as: UTF8.self) == "3000000\n3000000\n")
    }

    @Test("no input is the null device")
    func noInput() async throws {
        let end = try await withKernel { await $0.run(.shell("readlink /proc/self/fd/0")) }
        #expect(String(decoding: end.output, as: UTF8.self) == "/dev/null\n")
    }

    @Test("the child has default signals, an empty mask, its own group and three descriptors")
    func cleanChild() async throws {
        Signals.block()
        let leaked = open("/dev/null", O_RDONLY)
        defer { close(leaked) }
        let script = "grep -E '^Sig(Blk|Ign)' /proc/self/status; ls /proc/self/fd; echo $$; ps -o pgid= -p $$"
        let end = try await withKernel { await $0.run(.shell(script)) }
        let words = String(decoding: end.output, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        #expect(words[1] == "0000000000000000")
        // 32 and 33 are the C library's own.
        #expect((UInt64(words[3], radix: 16) ?? 1) & ~0x1_8000_0000 == 0)
        // ls itself holds the directory as descriptor 3.
        #expect(words[4..<8] == ["0", "1", "2", "3"])
        #expect(words.count == 10 && words[8] == words[9])
    }

    @Test("what refuses the start is told exactly: a missing program, a directory, no permission, a missing directory")
    func notStarted() async throws {
        let scratch = Scratch()
        scratch.write("plain")
        try await withKernel { kernel in
            let missing = await kernel.run(Command(executable: "/no/such", arguments: ["such"]))
            #expect(missing.ending == .notStarted(SystemCallError(call: "execve", path: "/no/such", errno: ENOENT)))
            let plain = await kernel.run(Command(executable: scratch.bytes("plain"), arguments: ["plain"]))
            #expect(
                plain.ending
                    == .notStarted(SystemCallError(call: "execve", path: scratch.bytes("plain"), errno: EACCES)))
            var elsewhere = Command.shell("true")
            elsewhere.workingDirectory = "/no/such/place"
            let nowhere = await kernel.run(elsewhere)
            #expect(
                nowhere.ending
                    == .notStarted(SystemCallError(call: "chdir", path: "/no/such/place", errno: ENOENT)))
            let zero = await kernel.run(Command(executable: "/bin/true", arguments: ["a\0b"]))
            guard case .notStarted = zero.ending else { return #expect(Bool(false)) }
        }
    }

    @Test("early and late output survive the bound, and the gap is told")
    func boundedOutput() async throws {
        var command = Command.shell("echo first; head -c 2000000 /dev/zero | tr '\\0' x; echo; echo last")
        command.outputLimit = 2000
        let end = try await withKernel { [command] in await $0.run(command) }
        let text = String(decoding: end.output, as: UTF8.self)
        #expect(text.hasPrefix("first\n"))
        #expect(text.hasSuffix("\nlast\n"))
        #expect(text.contains("[1998012 bytes left out]"))
        #expect(end.output.count < 2100)
    }

    @Test("output is shown as it comes")
    func outputAsItComes() async throws {
        let seen = Collected<String>()
        let scratch = Scratch()
        #expect(mkfifo(scratch.path + "/gate", 0o600) == 0)
        var command = Command.shell("echo one; echo two >&2; cat \(scratch.path)/gate")
        command.onOutput = { stream, bytes in seen.append("\(stream) \(String(decoding: bytes, as: UTF8.self))") }
        try await withKernel { [command] kernel in
            async let end = kernel.run(command)
            // The child ends only when the gate is opened, so both lines come while it runs.
            await expectEventually { seen.count == 2 }
            let gate = open(scratch.path + "/gate", O_WRONLY)
            close(gate)
            #expect(await end.ending == .exited(0))
        }
        #expect(Set(seen.all) == ["standard one\n", "error two\n"])
    }

    @Test("a process left behind that keeps the output open does not keep the command")
    func leftBehind() async throws {
        let end = try await withKernel { await $0.run(.shell("setsid sleep 1000 & echo $!")) }
        #expect(end.ending == .exited(0))
        let pid = Int32(String(decoding: end.output, as: UTF8.self).trimmingCharacters(in: .newlines)) ?? -1
        #expect(pid > 0 && kill(pid, SIGKILL) == 0)
    }
}
