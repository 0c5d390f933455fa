import Glibc
import MirrorCore
import MirrorTesting
import Testing

/// A program in a network of its own, with a real server of names (Debian's dnsmasq) that says what the test says.
private final class NameServer {
    let control: ControlTrial
    let program: LockstepProcess
    private var server: ChildProcess?

    init(_ control: ControlTrial, _ lines: [String]) async throws {
        self.control = control
        try control.trial.tree.tree.write(
            "resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n", mode: 0o644)
        let script = """
            ip link set lo up && mount --bind "$1/resolv.conf" /etc/resolv.conf && touch "$1/ready" \
            && while [ ! -e "$1/go" ]; do sleep 0.1; done; exec "$2" run conf
            """
        program = try LockstepProcess(
            [
                "--mount", "--net", "--propagation", "private", "sh", "-c", ByteString(script), "sh",
                control.trial.tree.path, LockstepProcess.binary,
            ], environment: control.trial.environment, directory: control.trial.tree.path, binary: "/usr/bin/unshare")
        let (tree, errors) = (control.trial.tree.tree, program)
        try await Condition.wait(
            until: "the network is there", deadline: .seconds(60), state: { errors.errors },
            holds: {
                try tree.status("ready") != nil
            })
        try start(lines)
        try await answering()
        try control.trial.tree.tree.write("go", "")
        try await control.answering(program)
    }

    static func needs() throws {
        if geteuid() != 0 { try Test.cancel("only root can make a network of its own") }
        if access("/usr/sbin/dnsmasq", X_OK) != 0 { try Test.cancel("dnsmasq is not installed (script/setup)") }
    }

    /// From now on it says this and nothing else.
    func say(_ lines: [String]) async throws {
        try await stop()
        try start(lines)
        try await answering()
    }

    func stop() async throws {
        server?.signal(SIGKILL)
        _ = try await server?.waitForExit(within: .seconds(30))
        server = nil
    }

    private func inside(_ words: [ByteString]) throws -> ChildProcess {
        try ChildProcess(
            ["/usr/bin/nsenter", "--target", ByteString("\(program.identifier)"), "--net", "--mount"] + words)
    }

    private func start(_ lines: [String]) throws {
        let file = control.trial.tree.path + "/dnsmasq.conf"
        let text =
            [
                "keep-in-foreground", "no-hosts", "no-resolv", "user=root", "local=/test/", "bind-interfaces",
                "listen-address=127.0.0.1", "pid-file=",
            ] + lines
        try control.trial.tree.tree.write("dnsmasq.conf", ByteString(text.joined(separator: "\n") + "\n"))
        server = try inside(["/usr/sbin/dnsmasq", "--conf-file=" + file])
    }

    /// A name that it knows always.
    private func answering() async throws {
        try await Condition.wait(
            until: "the server of names answers", deadline: .seconds(60),
            state: { [server] in server?.errorText ?? "" },
            holds: { [self] in
                let question = try inside([LockstepProcess.binary, "resolve", "known.test"])
                return try await question.waitForExit(within: .seconds(30)) == .code(0)
            })
    }
}

@Suite("Targets that a real server of names tells")
struct NameServerTests {
    private static let known = "host-record=known.test,127.9.9.9"

    private func trial(_ name: String, target: ByteString) throws -> (ControlTrial, DirectoryTree) {
        try NameServer.needs()
        let control = try ControlTrial()
        let places = try control.trial.tree.directory("places")
        try control.trial.write(
            """
            settings{ stateDir = "\(control.trial.tree.path)/state", nodaemon = true, insist = true }
            sync{ default.rsync, name = "web", source = "\(control.trial.source.root)", delay = 0.2,
                  target = "\(places.path(target))", targets = discover.dns("\(name)", { every = 1 }) }
            """)
        return (control, places)
    }

    private func status(
        _ control: ControlTrial, _ what: String, _ holds: @escaping @Sendable (String) -> Bool
    ) async throws {
        let last = LastText()
        try await Condition.wait(
            until: what, deadline: .seconds(90), state: { last.text },
            holds: {
                last.text = try await control.ask("status").output
                return holds(last.text)
            })
    }

    private final class LastText: @unchecked Sendable {
        var text = ""
    }

    @Test("addresses come and go; a failed or an empty answer, or a server that is silent, changes nothing")
    func addresses() async throws {
        let (control, places) = try trial("web.test", target: "${host}")
        for host in ["10.0.0.1", "10.0.0.2", "10.0.0.3"] { try places.makeDirectory(ByteString(host)) }
        let names = try await NameServer(
            control, [Self.known, "host-record=web.test,10.0.0.1", "host-record=web.test,10.0.0.2"])
        try await status(control, "both have joined") {
            $0.contains("places/10.0.0.1/") && $0.contains("places/10.0.0.2/")
        }
        #expect(try await control.ask("flush").exit == .code(0))
        #expect(try places.read("10.0.0.1/first") == "1" && places.read("10.0.0.2/first") == "1")
        // No such name any more; a name without addresses; nobody who answers.
        try await names.say([Self.known])
        try await status(control, "the failure is told") { $0.contains("there is no such name") }
        try await names.say([Self.known, "txt-record=web.test,x"])
        try await status(control, "the failure is told") {
            $0.contains("there is no such name, or nothing of the kind")
        }
        try await names.stop()
        try await status(control, "the silence is told") { $0.contains("the servers of names do not answer") }
        try control.trial.source.write("meanwhile", "2")
        #expect(try await control.ask("flush").exit == .code(0))
        #expect(try places.read("10.0.0.1/meanwhile") == "2" && places.read("10.0.0.2/meanwhile") == "2")
        try await names.say([Self.known, "host-record=web.test,10.0.0.2", "host-record=web.test,10.0.0.3"])
        try await status(control, "one has come and one has gone") {
            $0.contains("places/10.0.0.3/") && !$0.contains("places/10.0.0.1/") && !$0.contains("servers of names")
        }
        try control.trial.source.write("later", "3")
        #expect(try await control.ask("flush").exit == .code(0))
        #expect(try places.read("10.0.0.3/later") == "3" && places.read("10.0.0.2/later") == "3")
        #expect(try !places.names("10.0.0.1").contains("later"))
        try await names.program.stop()
        try await names.stop()
    }

    @Test("a name that has IPv6 addresses alone gives these")
    func addressesOfSix() async throws {
        let (control, places) = try trial("six.test", target: "${host}")
        for host in ["[fd00::1]", "[fd00::2]"] { try places.makeDirectory(ByteString(host)) }
        let names = try await NameServer(
            control, [Self.known, "host-record=six.test,fd00::1", "host-record=six.test,fd00::2"])
        try await status(control, "both have joined") {
            $0.contains("places/[fd00::1]/") && $0.contains("places/[fd00::2]/")
        }
        #expect(try await control.ask("flush").exit == .code(0))
        #expect(try places.read("[fd00::1]/first") == "1" && places.read("[fd00::2]/first") == "1")
        try await names.program.stop()
        try await names.stop()
    }

    @Test("services have a host and a port each")
    func services() async throws {
        let (control, places) = try trial("_rsync._tcp.test", target: "${host}-${port}")
        for host in ["a.test-8730", "b.test-8731"] { try places.makeDirectory(ByteString(host)) }
        let records = ["a.test,8730", "b.test,8731"].map { "srv-host=_rsync._tcp.test,\($0)" }
        let names = try await NameServer(control, [Self.known] + records)
        try await status(control, "both have joined") {
            $0.contains("places/a.test-8730/") && $0.contains("places/b.test-8731/")
        }
        #expect(try await control.ask("flush").exit == .code(0))
        #expect(try places.read("b.test-8731/first") == "1")
        try await names.say([Self.known])
        try await status(control, "the failure is told") { $0.contains("there is no such name") }
        #expect(try await control.ask("status").output.contains("places/a.test-8730/"))
        try await names.say([Self.known, records[1]])
        try await status(control, "one has gone") { !$0.contains("places/a.test-8730/") }
        try await names.program.stop()
        try await names.stop()
    }
}
