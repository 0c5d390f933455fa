import Glibc
import MirrorCore
import MirrorTesting
import Testing

/// The journal's socket, as journald opens one.
private final class Journal {
    let socket: Int32
    private(set) var entries: [[UInt8]] = []

    init(at path: ByteString) throws {
        socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { room in
            for (index, byte) in path.bytes.enumerated() { room[index] = byte }
        }
        let answer = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard answer == 0 else { throw FixtureError("bind: \(errno)") }
    }

    /// Everything that has come so far, an entry each.
    func read() -> [String] {
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            guard count > 0 else { return entries.map { String(decoding: $0, as: UTF8.self) } }
            entries.append(Array(buffer[..<count]))
        }
    }

    deinit { close(socket) }
}

@Suite("In the journal")
struct JournalOutputTests {
    /// The program with a /run of its own in which this socket lies, and its streams said to be the journal's.
    private func start(_ control: ControlTrial, isSaid: Bool = true) throws -> LockstepProcess {
        if geteuid() != 0 { try Test.cancel("only root can give a program a /run of its own") }
        let stream = isSaid ? "$(stat -L -c %d:%i /proc/self/fd/2)" : "1:1"
        let script = """
            mount -t tmpfs none /run && mkdir -p /run/systemd/journal && touch /run/systemd/journal/socket \
            && mount --bind "$1/socket" /run/systemd/journal/socket && JOURNAL_STREAM=\(stream) exec "$2" run conf
            """
        return try LockstepProcess(
            [
                "--mount", "--propagation", "private", "sh", "-c", ByteString(script), "sh", control.trial.tree.path,
                LockstepProcess.binary,
            ], environment: control.trial.environment, directory: control.trial.tree.path,
            binary: "/usr/bin/unshare")
    }

    @Test("messages come with priority, category and name, those of several lines whole; what rsync prints too")
    func fields() async throws {
        let control = try ControlTrial()
        let journal = try Journal(at: control.trial.tree.path + "/socket")
        try control.trial.tree.tree.write("rsync", "#!/bin/sh\necho \"rsync: oh no\" >&2\nexit 12\n", mode: 0o755)
        try control.write(sync: "rsync = { binary = '\(control.trial.tree.path)/rsync' }")
        let program = try start(control)
        func wait(_ parts: String...) async throws {
            try await Condition.wait(
                until: "\(parts)", deadline: .seconds(60),
                state: { journal.read().joined(separator: "\n") + program.errors },
                holds: { journal.read().contains { entry in parts.allSatisfy { entry.contains($0) } } })
        }
        try await wait(
            "MESSAGE=Normal: --- Startup ---\nPRIORITY=5\nSYSLOG_IDENTIFIER=lockstep\nLOCKSTEP_CATEGORY=Normal\n")
        try await wait("MESSAGE=rsync: oh no\nPRIORITY=6\n", "LOCKSTEP_CATEGORY=Output\n")
        // A problem has its cure on a line of its own: the length stands before it.
        try await wait("MESSAGE\n", "one -> ", "\n  ", "LOCKSTEP_CATEGORY=Warn\n")
        #expect(!program.output.contains("Startup"), "\(program.output)")
        try await program.stop()
        try await wait("--- TERM signal, fading ---")
    }

    @Test("where the streams are not the journal's, or nobody takes it, it goes where it always went")
    func elsewhere() async throws {
        let control = try ControlTrial()
        var journal: Journal? = try Journal(at: control.trial.tree.path + "/socket")
        try control.write()
        let piped = try start(control, isSaid: false)
        try await Condition.wait(
            until: "it is told", deadline: .seconds(60), state: { piped.errors },
            holds: {
                piped.output.contains("Normal: --- Startup ---")
            })
        try await piped.stop()
        #expect(journal?.read() == [])
        journal = nil
        let deaf = try start(control)
        try await Condition.wait(
            until: "it is told", deadline: .seconds(60), state: { deaf.errors },
            holds: {
                deaf.output.contains("Normal: --- Startup ---")
            })
        try await deaf.stop()
    }
}

@Suite("Floods in the log")
struct FloodOutputTests {
    @Test("complaints of rsync are summed up, at the latest when the program ends; logLimit = false lets all pass")
    func flood() async throws {
        for isLimited in [true, false] {
            let control = try ControlTrial()
            let script = """
                #!/bin/sh
                for n in $(seq 1000); do echo "rsync: can't read \\"/x/$n\\"" >&2; done
                exit 23

                """
            try control.trial.tree.tree.write("rsync", ByteString(script), mode: 0o755)
            let log = control.trial.tree.path + "/log"
            try control.write(
                settings: "logfile = '\(log)', \(isLimited ? "" : "logLimit = false,")",
                sync: "rsync = { binary = '\(control.trial.tree.path)/rsync' }")
            let program = try await control.start()
            try await Condition.wait(until: "rsync has complained", deadline: .seconds(60)) {
                try control.trial.tree.tree.read("log").description.contains("rsync: can't read")
            }
            #expect(try await program.stop() == .code(143))
            let lines = try control.trial.tree.tree.read("log").description.split(separator: "\n")
            let complaints = lines.count { $0.hasPrefix("rsync: can't read") }
            let sums = lines.filter { $0.contains(" more like this in ") }
            #expect(isLimited ? complaints >= 50 && complaints < 200 : complaints >= 1000, "\(complaints)")
            #expect(sums.isEmpty != isLimited, "\(sums)")
            if isLimited { #expect(sums.first?.contains("rsync: can't read") == true, "\(sums)") }
        }
    }
}
