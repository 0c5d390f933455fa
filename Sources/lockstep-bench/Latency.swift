import Glibc
import MirrorCore
import MirrorLinux
import MirrorTesting

/// One small file from before it is opened at the source until it is visible, whole and under its name, at every
/// target.
enum Latency {
    private struct Engine {
        var name: String
        var base: String
        var isRemote: Bool
        var samples: Int
    }

    static func table() async throws -> String {
        var lines = [
            "| engine, delay = 0 | targets | samples | p50, ms | p99, ms |",
            "|---|---|---|---|---|",
        ]
        let engines = [
            Engine(name: "default.rsync", base: "rsync", isRemote: false, samples: 60),
            Engine(name: "default.direct", base: "direct", isRemote: false, samples: 400),
            Engine(name: "default.stream", base: "stream", isRemote: false, samples: 1000),
            Engine(name: "default.rsync over ssh", base: "rsync", isRemote: true, samples: 40),
            Engine(name: "default.stream over ssh", base: "stream", isRemote: true, samples: 1000),
        ]
        for engine in engines {
            for count in [1, 4] {
                let times = try await measure(engine, targets: count).sorted()
                let (middle, high) = (times[times.count / 2], times[times.count * 99 / 100])
                lines.append("| \(engine.name) | \(count) | \(times.count) | \(rounded(middle)) | \(rounded(high)) |")
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func rounded(_ milliseconds: Double) -> Double { (milliseconds * 100).rounded() / 100 }

    private static func measure(_ engine: Engine, targets count: Int) async throws -> [Double] {
        let place = try TemporaryTree(.memory)
        let source = try place.directory("source")
        let targets = try (0..<count).map { try place.directory(ByteString("target\($0)")) }
        var environment: [String: String] = [:]
        var host = ""
        var server: SshServer?
        if engine.isRemote {
            let started = try await sshd(in: place)
            server = started.server
            environment["PATH"] = started.path
            host = "root@127.0.0.1:"
        }
        let agent = engine.base == "stream" ? ", agentPath = \"\(LockstepProcess.buildDirectory)/lockstep-agent\"" : ""
        let syncs = targets.map {
            """
            sync{ default.\(engine.base), source = "\(source.root)", target = "\(host)\($0.root)", delay = 0,
                rsync = { archive = true }\(agent) }
            """
        }
        let text =
            "settings{ nodaemon = true, insist = true, stateDir = \"\(place.path)/state\" }\n"
            + syncs.joined(separator: "\n")
        try place.tree.write("conf", ByteString(text))
        let process = try LockstepProcess(["lsyncd", place.tree.path("conf")], environment: environment)
        try source.write("first", "")
        try await Condition.wait(until: "the first file has arrived", deadline: .seconds(60)) {
            try targets.allSatisfy { try $0.status("first") != nil }
        }
        let times = try await sample(engine.samples, source, targets)
        _ = try await process.stop()
        withExtendedLifetime(server) {}
        return times
    }

    private static func sample(_ samples: Int, _ source: DirectoryTree, _ targets: [DirectoryTree]) async throws
        -> [Double]
    {
        let content = ByteString([UInt8](repeating: 0x61, count: 4096))
        let witness = try Arrival(targets)
        var times: [Double] = []
        for number in 0..<(samples + 5) {
            // Each alone, at moments that follow no clock.
            try await ContinuousClock().sleep(for: .microseconds(Int.random(in: 15_000...25_000)))
            let name = ByteString("f\(number)")
            let began = Clock.now()
            try source.write(name, content)
            try witness.wait(for: name, size: content.count)
            // The first ones start what is started late.
            if number >= 5 { times.append((Clock.now() - began).inSeconds * 1000) }
        }
        return times
    }

    private static func sshd(in place: TemporaryTree) async throws -> (server: SshServer, path: String) {
        let keys = try await SshKeys.make(in: place.tree)
        let server = try SshServer(in: place.tree, keys: keys, port: try FreePort.find())
        try await server.start()
        try place.tree.write("known_hosts", keys.knownHosts("127.0.0.1", port: server.port))
        try place.tree.makeDirectory("bin")
        let ssh = """
            #!/bin/sh
            exec /usr/bin/ssh -i \(keys.identity) -p \(server.port) -o IdentitiesOnly=yes \
            -o UserKnownHostsFile=\(place.path)/known_hosts -o GlobalKnownHostsFile=/dev/null "$@"

            """
        try place.tree.write("bin/ssh", ByteString(ssh), mode: 0o755)
        return (server, "\(place.path)/bin:" + (ChildProcess.inherited["PATH"] ?? "/usr/bin:/bin"))
    }
}

/// Sees files appear whole in directories, as somebody who waits for them would.
private final class Arrival {
    private let queue: Int32
    private let directories: [DirectoryTree]

    init(_ directories: [DirectoryTree]) throws {
        queue = inotify_init1(Int32(IN_CLOEXEC))
        self.directories = directories
        for directory in directories {
            let watch = directory.root.withCPath { inotify_add_watch(queue, $0, UInt32(IN_MOVED_TO)) }
            guard watch >= 0 else { throw FixtureError("inotify_add_watch: \(errno)") }
        }
    }

    deinit { close(queue) }

    /// A file that was taken up before it was written comes twice; what counts is all of it.
    func wait(for name: ByteString, size: Int) throws {
        var missing = directories
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            missing = try missing.filter { try $0.status(name)?.size != size }
            if missing.isEmpty { return }
            var poll = pollfd(fd: queue, events: Int16(POLLIN), revents: 0)
            guard Glibc.poll(&poll, 1, 60_000) > 0 else { throw FixtureError("\(name) has not arrived") }
            _ = read(queue, &buffer, buffer.count)
        }
    }
}
