import Glibc
import MirrorCore
import MirrorLinux
import MirrorTesting

/// What watching costs: until a change is seen, at rest, and under load; beside `inotifywait -r` and Debian's lsyncd,
/// in the same trees of one run.
enum WatchCost {
    // MARK: The start, and rest

    static func start() async throws -> String {
        var lines = [
            "| directories | program | a change anywhere is seen after, ms | ratio to inotifywait | memory, MB "
                + "| bytes per directory | sleeps in 10 s at rest |",
            "|---|---|---|---|---|---|---|",
        ]
        // Memory at 1,000 directories.
        var small: [WatchingProgram.Kind: Int] = [:]
        for count in [1000, 100_000, 1_000_000] {
            let tree = try WatchedTrees(directories: count)
            let limit = try WatchLimit(atLeast: count + 10_000)
            defer { limit.restore() }
            var measured: [(WatchingProgram.Kind, Start)] = []
            // lsyncd takes minutes for a million.
            for kind in WatchingProgram.Kind.allCases where count < 1_000_000 || kind != .lsyncd {
                measured.append((kind, try await start(kind, tree)))
            }
            let plain = measured.first { $0.0 == .inotifywait }?.1.milliseconds ?? 0
            for (kind, start) in measured {
                let base = small[kind] ?? start.memory
                if count == 1000 { small[kind] = start.memory }
                let each = Double(start.memory - base) * 1024 / Double(count)
                lines.append(
                    "| \(count) | \(kind.rawValue) | \(rounded(start.milliseconds)) | "
                        + "\(rounded(start.milliseconds / plain, 3)) | \(rounded(Double(start.memory) / 1024)) | "
                        + "\(rounded(each)) | \(start.sleeps) |")
            }
        }
        return lines.joined(separator: "\n")
    }

    private struct Start {
        var milliseconds: Double
        var memory: Int
        var sleeps: Int
    }

    private static func start(_ kind: WatchingProgram.Kind, _ tree: WatchedTrees) async throws -> Start {
        let began = Clock.now()
        let program = try WatchingProgram(kind, on: tree.root)
        defer { program.stop() }
        // It is ready when a new file in each of these directories has been seen.
        var unseen = tree.samples
        var round = 0
        while !unseen.isEmpty {
            guard !program.hasEnded else { throw FixtureError("\(kind) has ended: \(program.errors)") }
            round += 1
            for directory in unseen { try DirectoryTree(directory).write(ByteString("p\(round)"), "") }
            usleep(1000)
            let text = program.text.description
            unseen.removeAll { text.contains("\(ByteString(Array($0.bytes.dropFirst(tree.root.count + 1))))/p") }
        }
        let milliseconds = (Clock.now() - began).inSeconds * 1000
        try tree.removeProbes()
        // What it has to do about the probes is done when it sleeps.
        try await rest(program)
        let before = program.sleeps
        usleep(10_000_000)
        return Start(milliseconds: milliseconds, memory: program.memory, sleeps: program.sleeps - before)
    }

    private static func rest(_ program: WatchingProgram) async throws {
        var before = (-1.0, -1)
        repeat {
            before = (program.cpu, program.sleeps)
            usleep(8_000_000)
        } while program.cpu > before.0 || program.sleeps > before.1
    }

    // MARK: Work

    static func work() async throws -> String {
        var lines = [
            "| program | µs of CPU per new file | seen of 100,000 | lost track "
                + "| after a halt of 10 s: seen | lost track | beside the source: changes per s | share of a core |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for kind in [WatchingProgram.Kind.fanotify, .inotify, .inotifywait] {
            let tree = try WatchedTrees(directories: 100)
            let program = try WatchingProgram(kind, on: tree.root)
            defer { program.stop() }
            try await Condition.wait(until: "\(kind) watches") {
                try DirectoryTree(tree.root).write("p", "")
                return program.text.description.contains("p\n")
            }
            let full = try await storm(program, tree, from: 0, haltsFor: 0)
            let halted = try await storm(program, tree, from: 100_000, haltsFor: 10)
            let (changes, share) = try outside(program, tree)
            lines.append(
                "| \(kind.rawValue) | \(rounded(full.microseconds, 2)) | \(full.seen) | \(full.losses) | "
                    + "\(halted.seen) | \(halted.losses) | \(Int(changes)) | \(rounded(share * 100, 2)) % |")
        }
        return lines.joined(separator: "\n")
    }

    private static func storm(
        _ program: WatchingProgram, _ tree: WatchedTrees, from first: Int, haltsFor seconds: UInt32
    ) async throws -> (microseconds: Double, seen: Int, losses: Int) {
        let count = 100_000
        let before = program.cpu
        let began = Clock.now()
        let length = program.text.count
        if seconds > 0 { program.signal(SIGSTOP) }
        for number in first..<(first + count) {
            let directory = DirectoryTree(tree.directories[number % tree.directories.count])
            try directory.write(ByteString("n\(number)"), "x")
        }
        if seconds > 0 {
            while (Clock.now() - began).inSeconds < Double(seconds) { usleep(10_000) }
            program.signal(SIGCONT)
        }
        try await rest(program)
        try DirectoryTree(tree.root).write(ByteString("e\(first)"), "")
        if program.kind != .inotifywait {
            try await Condition.wait(until: "\(program.kind) has counted", deadline: .seconds(300)) {
                ByteString(Array(program.text.bytes[length...])).description.contains("end ")
            }
        }
        try await rest(program)
        let text = ByteString(Array(program.text.bytes[length...])).description
        let cost = (program.cpu - before) / Double(count) * 1_000_000
        if program.kind == .inotifywait {
            let names = Set(text.split(separator: "\n").map { $0.split(separator: "/").last ?? "" })
            return (cost, names.count { $0.hasPrefix("n") }, text.contains("Q_OVERFLOW") ? 1 : 0)
        }
        let numbers = text.split(separator: "\n").filter { $0.hasPrefix("end") }.last?.split(separator: " ") ?? []
        return (cost, Int(numbers.dropFirst().first ?? "") ?? 0, Int(numbers.last ?? "") ?? -1)
    }

    /// As many changes of files beside the source as this machine makes, up to 20,000 ten times a second.
    private static func outside(
        _ program: WatchingProgram, _ tree: WatchedTrees
    ) throws -> (perSecond: Double, share: Double) {
        let yard = DirectoryTree(tree.yard)
        for number in 0..<20 { try yard.makeDirectories(ByteString("d\(number)")) }
        let (before, began) = (program.cpu, Clock.now())
        var changes = 0
        while (Clock.now() - began).inSeconds < 5 {
            for number in 0..<20_000 { try yard.write(ByteString("d\(number % 20)/f\(number % 1000)"), "x") }
            changes += 20_000
        }
        let seconds = (Clock.now() - began).inSeconds
        return (Double(changes) / seconds, (program.cpu - before) / seconds)
    }

    private static func rounded(_ value: Double, _ digits: Int = 1) -> Double {
        let scale = pow(10, Double(digits))
        return (value * scale).rounded() / scale
    }
}
