import Glibc
import MirrorCore
import MirrorTesting
import MirrorWire
import Testing

@Suite("An agent whose sender has gone")
struct DepartedSenderTests {
    private func bytes(_ orders: [Order]) -> [UInt8] {
        var bytes: [UInt8] = []
        for order in orders { order.append(to: &bytes) }
        return bytes
    }

    @Test("does none of the orders that have come and were not begun, and goes")
    func departed() async throws {
        let place = try TemporaryTree(.memory)
        let target = try place.directory("target")
        try target.write("kept", "1")
        try place.tree.makeFifo("orders")
        // This end writes and, so that opening it waits for nobody, reads as well.
        let orders = open(place.tree.path("orders").description, O_RDWR | O_CLOEXEC)
        #expect(orders >= 0)
        let agent = try ChildProcess([
            "sh", "-c", "exec \"$0\" --root \"$1\" <\"$2\" >\"$3\"", LockstepProcess.buildDirectory + "/lockstep-agent",
            target.root, place.tree.path("orders"), place.tree.path("answers"),
        ])
        let hello = bytes([.hello(Hello(preserving: .times))])
        #expect(write(orders, hello, hello.count) == hello.count)
        try await Condition.wait(
            until: "the agent has greeted", state: { agent.errorText },
            holds: { (try? place.tree.status("answers"))??.size ?? 0 > 0 })
        agent.signal(SIGSTOP)
        try await Condition.wait(
            until: "it stands still",
            holds: {
                let stat = try DirectoryTree(ByteString("/proc/\(agent.identifier)")).read("stat").description
                return stat.split(separator: " ").contains("T")
            })
        let metadata = Metadata(kind: .regular, size: 1, time: (5, 6))
        let late = bytes([
            .put(1, "late", metadata, [], content: [1]), .remove(2, "kept", .file), .directory(3, "d"),
        ])
        #expect(write(orders, late, late.count) == late.count)
        let listening = open(place.tree.path("orders").description, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        defer { close(listening) }
        close(orders)
        // A program that another test starts has this end too, from its fork to its exec.
        try await Condition.wait(until: "nobody can write any more") {
            var state = pollfd(fd: listening, events: 0, revents: 0)
            return poll(&state, 1, 0) == 1 && Int32(state.revents) & Int32(POLLHUP) != 0
        }
        agent.signal(SIGCONT)
        #expect(try await agent.waitForExit(within: .seconds(30)) == .code(0))
        #expect(try target.names() == ["kept"])
    }
}
