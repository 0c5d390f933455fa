import Glibc
package import MirrorCore
import MirrorLinux
import MirrorWire
import Synchronization

/// The agent that lies beside this program, to be put on a host by version of the protocol, architecture and content.
struct AgentCopy: Sendable {
    /// Below the home directory of whom ssh logs in as.
    static let directory = ".local/lib/lockstep"
    private static let largest = 128 << 20

    let content: [UInt8]
    /// As `uname -m` says it.
    let machine: ByteString
    let name: ByteString

    /// Nil where there is none to be had.
    static func of(_ program: ByteString) -> AgentCopy? {
        let facts = FoundFacts(program)
        return last.withLock { last in
            if let last, last.facts == facts { return last.copy }
            let content = SmallFile.read(program.description, limit: largest)
            guard let facts, content.count == facts.size, let machine = machine() else { return nil }
            let digest = content.withUnsafeBytes { ContentHash($0) }.text.prefix(20)
            let name = ByteString("lockstep-agent-\(Hello.version)-") + machine + ByteString("-\(digest)")
            let copy = AgentCopy(content: content, machine: machine, name: name)
            last = (facts, copy)
            return copy
        }
    }

    /// What is read for one target serves all; it is not read again until it is another file.
    private static let last = Mutex<(facts: FoundFacts, copy: AgentCopy)?>(nil)

    private struct FoundFacts: Equatable {
        var path: ByteString
        var size: Int
        var inode: UInt64
        var seconds: Int
        var nanoseconds: Int

        init?(_ path: ByteString) {
            var facts = stat()
            guard path.withCPath({ stat($0, &facts) }) == 0 else { return nil }
            (self.path, size, inode) = (path, Int(facts.st_size), UInt64(facts.st_ino))
            (seconds, nanoseconds) = (facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec)
        }
    }

    private static func machine() -> ByteString? {
        var name = utsname()
        guard uname(&name) == 0 else { return nil }
        return withUnsafeBytes(of: &name.machine) { ByteString($0.prefix { $0 != 0 }) }
    }
}

// MARK: At a host

/// Words for the login shell of a host, whichever that is: all of them are for sh(1) there.
enum AgentScripts {
    private static let place: ByteString = "\"$HOME/.local/lib/lockstep"

    private static func shell(_ script: ByteString, _ words: [ByteString]) -> ByteString {
        "sh -c " + ShellWords.quoted(script) + " lockstep"
            + words.map { " " + ShellWords.quoted($0) }.joined(separator: "")
    }

    /// Our own copy where it is there, else what PATH has.
    static func start(_ copy: ByteString, _ words: [ByteString]) -> ByteString {
        shell(
            "a=" + place + "/$1\"; shift; if [ -x \"$a\" ]; then exec \"$a\" \"$@\"; fi; exec lockstep-agent \"$@\"",
            [copy] + words)
    }

    /// The system, the machine, and whether it is there.
    static func look(_ copy: ByteString) -> ByteString {
        shell("uname -s; uname -m; if [ -e " + place + "/$1\" ]; then echo there; fi", [copy])
    }

    /// The content comes as standard input. What is not whole never gets the name.
    static func put(_ copy: ByteString, size: Int) -> ByteString {
        shell(
            "set -e; umask 022; d=" + place
                + "\"; mkdir -p \"$d\"; t=\"$d/.$1.$$\"; trap 'rm -f \"$t\"' EXIT; cat >\"$t\"; "
                + "[ $(wc -c <\"$t\") -eq \"$2\" ]; chmod 755 \"$t\"; mv -f \"$t\" \"$d/$1\"; trap - EXIT",
            [copy, ByteString("\(size)")])
    }

    /// Says what has been removed.
    static var remove: ByteString {
        shell(
            "d=" + place
                + "\"; for f in \"$d\"/lockstep-agent-*; do if [ -e \"$f\" ]; then rm -f \"$f\" && echo \"$f\"; fi; "
                + "done; rmdir \"$d\" 2>/dev/null; exit 0",
            [])
    }
}

extension RsyncTransfer {
    private static let longestUpload = Duration.seconds(600)
    private static let longestLook = Duration.seconds(60)

    /// The copy that this target's host would get; nil where there is none, or nothing to put it on.
    var agentCopy: AgentCopy? {
        guard case .shell = address, let program = Self.localAgent(connections.environment["PATH"]) else { return nil }
        return AgentCopy.of(program)
    }

    struct NotInstalled: Error { var text: String }

    func install(_ copy: AgentCopy) async throws(NotInstalled) {
        let look = await evidence(of: AgentScripts.look(copy.name), ThereWork(timeLimit: Self.longestLook))
        guard look.ending == .exited(0), look.output.count >= 2 else {
            throw NotInstalled(text: "nobody says what machine that is (\(FailureDiagnosis.lastWords(look)))")
        }
        guard look.output[0] == "Linux", look.output[1] == copy.machine else {
            throw NotInstalled(
                text: "it is for Linux on \(copy.machine), and that is \(look.output[0]) on \(look.output[1])")
        }
        guard !look.output.contains("there") else {
            throw NotInstalled(text: "~/\(AgentCopy.directory)/\(copy.name) is there already and does not run")
        }
        let work = ThereWork(input: copy.content, timeLimit: Self.longestUpload)
        let put = await evidence(of: AgentScripts.put(copy.name, size: copy.content.count), work)
        guard put.ending == .exited(0) else { throw NotInstalled(text: FailureDiagnosis.lastWords(put)) }
    }
}

/// `lockstep agent remove HOST`.
package enum AgentRemoval {
    /// Removes every agent that was put on the host for this login; a running one goes on until its connection ends.
    package static func run(at host: ByteString, _ connections: SshConnections) async -> RunEvidence {
        guard let program = connections.program else { return RunEvidence(.notStarted(errno: ENOENT)) }
        let words = SshTransport.plain.words + SshTransport.hostWords(host) + [AgentScripts.remove]
        var command = Command(executable: program, arguments: words, environment: connections.environment.words)
        command.timeLimit = .seconds(60)
        return RunEvidence(await connections.kernel.run(command))
    }
}
