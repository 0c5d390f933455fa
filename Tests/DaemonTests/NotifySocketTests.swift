import Glibc
import MirrorCore
import MirrorTesting
import Synchronization
import Testing

/// A service manager's socket, as systemd opens one.
private final class Manager {
    let socket: Int32
    private(set) var heard: [String] = []

    init(at path: ByteString) throws {
        socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { room in
            for (index, byte) in path.bytes.enumerated() { room[index] = byte }
            if path.hasPrefix("@") { room[0] = 0 }
        }
        let whole = MemoryLayout<sockaddr_un>.size
        let length = path.hasPrefix("@") ? MemoryLayout<sa_family_t>.size + path.count : whole
        let answer = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, socklen_t(length)) }
        }
        guard answer == 0 else { throw FixtureError("bind: \(errno)") }
    }

    /// Everything that has come so far.
    func read() -> [String] {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            guard count > 0 else { return heard }
            heard += String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
        }
    }

    deinit { close(socket) }
}

@Suite("As a service")
struct NotifySocketTests {
    @Test("ready, signs of life, how it stands, reload and stop are told", arguments: [false, true])
    func told(isAbstract: Bool) async throws {
        let control = try ControlTrial()
        try control.write(second: "127.0.0.77:/nowhere")
        let path: ByteString = isAbstract ? "@" + control.trial.tree.path : control.trial.tree.path + "/notify"
        let manager = try Manager(at: path)
        var environment = control.trial.environment
        environment["NOTIFY_SOCKET"] = path.description
        environment["WATCHDOG_USEC"] = "400000"
        let program = try LockstepProcess(
            ["run", "conf"], environment: environment, directory: control.trial.tree.path)
        func wait(until what: String, _ holds: ([String]) -> Bool) async throws {
            try await Condition.wait(
                until: what, deadline: .seconds(60), state: { manager.heard.description + program.errors },
                holds: { holds(manager.read()) })
        }
        try await wait(until: "it is ready") { $0.first == "READY=1" }
        try await wait(until: "it says how it stands") {
            $0.contains { $0.hasPrefix("STATUS=1 of 2 targets in step; two -> 127.0.0.77:/nowhere/ is ") }
        }
        try await wait(until: "it gives signs of life, though nothing happens") {
            $0.count { $0 == "WATCHDOG=1" } > 3
        }
        program.signal(SIGHUP)
        try await wait(until: "it reloads") { $0.contains("RELOADING=1") }
        #expect(manager.heard.contains { $0.hasPrefix("MONOTONIC_USEC=") })
        try await wait(until: "it is ready again") { $0.count { $0 == "READY=1" } == 2 }
        try await program.stop()
        #expect(manager.read().contains("STOPPING=1"))
    }

    @Test("signs of life are for the process that they are asked of")
    func otherProcess() async throws {
        let control = try ControlTrial()
        try control.write()
        let manager = try Manager(at: control.trial.tree.path + "/notify")
        var environment = control.trial.environment
        environment["NOTIFY_SOCKET"] = (control.trial.tree.path + "/notify").description
        environment["WATCHDOG_USEC"] = "200000"
        environment["WATCHDOG_PID"] = "1"
        let program = try LockstepProcess(
            ["run", "conf"], environment: environment, directory: control.trial.tree.path)
        try await Condition.wait(until: "it is in step", deadline: .seconds(60)) {
            manager.read().contains("STATUS=2 targets in step")
        }
        // The watchdog is another process's.
        #expect(!manager.heard.contains("WATCHDOG=1"))
        try await program.stop()
    }

    @Test("rsync and what else it starts hear nothing of the service manager")
    func children() async throws {
        let control = try ControlTrial()
        let manager = try Manager(at: control.trial.tree.path + "/notify")
        let seen = control.trial.tree.path + "/seen"
        try control.trial.tree.tree.write("rsync", ByteString("#!/bin/sh\nenv >> \(seen)\nexec rsync \"$@\"\n"))
        #expect(chmod((control.trial.tree.path + "/rsync").description, 0o755) == 0)
        try control.write(sync: "rsync = { binary = \"\(control.trial.tree.path)/rsync\" }")
        var environment = control.trial.environment
        environment["NOTIFY_SOCKET"] = (control.trial.tree.path + "/notify").description
        environment["WATCHDOG_USEC"] = "30000000"
        let program = try LockstepProcess(
            ["run", "conf"], environment: environment, directory: control.trial.tree.path)
        try await Condition.wait(until: "it is in step", deadline: .seconds(60)) {
            manager.read().contains("STATUS=2 targets in step")
        }
        try await program.stop()
        let text = try control.trial.tree.tree.read("seen").description
        #expect(text.contains("PATH=") && !text.contains("NOTIFY_SOCKET") && !text.contains("WATCHDOG"), "\(text)")
    }
}
