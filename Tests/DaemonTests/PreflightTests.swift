import MirrorCore
import MirrorDaemon
import MirrorLinux
import MirrorStatus
import MirrorTesting
import Testing

@Suite("what keeps it from starting")
struct PreflightTests {
    let tree: TemporaryTree
    var settings = Settings()

    init() throws {
        tree = try TemporaryTree()
        var rsync = RsyncSettings()
        rsync.binary = "/bin/true"
        settings.syncs = [SyncSettings(name: "Sync1", source: "/srv", target: "h:t/", transfer: .rsync(rsync))]
    }

    func obstacles(_ change: (inout Settings) -> Void) -> [String] {
        var settings = settings
        change(&settings)
        return Preflight.obstacles(for: settings).map(\.text.description)
    }

    @Test("nothing, where everything is there")
    func nothing() throws {
        let found = obstacles {
            $0.logFile = tree.path + "/log"
            $0.pidFile = tree.path + "/pid"
        }
        #expect(found.isEmpty)
        #expect(try tree.tree.names() == ["log"])
    }

    @Test("rsync that is not installed, told once, with the package")
    func rsync() {
        let found = obstacles { settings in
            var rsync = RsyncSettings()
            rsync.binary = "/nonexistent/rsync"
            settings.syncs[0].transfer = .rsync(rsync)
            settings.syncs.append(settings.syncs[0])
        }
        #expect(found.count == 1 && found[0].contains("apt install rsync"))
    }

    @Test("a log file in a directory that is not there; no file is made for other obstacles")
    func log() throws {
        let found = obstacles { $0.logFile = tree.path + "/none/log" }
        #expect(found.count == 1 && found[0].contains("/none/log\": No such file or directory"))
        let other = obstacles {
            $0.logFile = tree.path + "/log"
            $0.pidFile = tree.path + "/none/pid"
        }
        #expect(other.count == 1 && other[0].hasPrefix("Cannot open pidfile"))
        #expect(try tree.tree.names().isEmpty)
    }

    @Test("a process id file that another process holds")
    func pidFile() async throws {
        let path = tree.path + "/pid"
        // fcntl(2) with F_SETLK and F_WRLCK: what lockf(3) does.
        let script: ByteString = """
            open F, "+>", $ARGV[0]; $l = pack("ssx4qqix4", 1, 0, 0, 0, 0); fcntl(F, 6, $l) or die; \
            $| = 1; print "held"; <STDIN>
            """
        let holder = try ChildProcess(["perl", "-e", script, path], input: .open)
        try await Condition.wait(until: "the file is held") { holder.outputText.contains("held") }
        let found = obstacles { $0.pidFile = path }
        #expect(found.count == 1 && found[0].hasPrefix("Cannot lock pidfile; '\(path)'"))
    }

    @Test("no sync at all")
    func noSync() {
        #expect(obstacles { $0.syncs = [] } == ["Nothing to watch!"])
    }
}
