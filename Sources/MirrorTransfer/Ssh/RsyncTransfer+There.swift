import MirrorCore
import MirrorLinux

/// How a command is run at the host of a target.
struct ThereWork: Sendable {
    var input: [UInt8] = []
    /// What stops it.
    var token: UInt64?
    var timeLimit: Duration
    var program: ByteString = "ssh"
    /// The words of `ssh = {…}`.
    var shellWords: [ByteString] = []
}

extension RsyncTransfer {
    /// Runs a command for the login shell of the target's host, through the shared connection where there is one.
    func evidence(of command: ByteString, _ work: ThereWork) async -> RunEvidence {
        guard let sshHost else { return RunEvidence(.notStarted(errno: 0)) }
        // A shell of the person's own, by `rsh`, `-e` or ssh = {…}, opens connections of its own.
        let host = choosesShell ? sshHost : nil
        let transport = await host?.transport()
        var words = transport?.words ?? customWords(work)
        if work.program != "ssh", words.first == "ssh" { words[0] = work.program }
        guard let first = words.first, let executable = Programs.find(first, path: connections.environment["PATH"])
        else { return RunEvidence(.notStarted(errno: 0)) }
        var environment = connections.environment
        environment["LC_ALL"] = "C"
        var ssh = Command(
            executable: executable, arguments: words + SshTransport.hostWords(sshHost.name) + [command],
            environment: environment.words, input: work.input.isEmpty ? nil : work.input)
        ssh.timeLimit = work.timeLimit
        ssh.token = work.token
        let evidence = RunEvidence(await kernel.run(ssh))
        if let host, let transport {
            let isReached = evidence.ending == .exited(0) ? true : nil
            await host.finished(transport, isReached: isReached, errors: evidence.errors)
        }
        return evidence
    }

    /// ssh's own words come from `ssh = {…}`; without them the shell is the one that rsync gets.
    func customWords(_ work: ThereWork) -> [ByteString] {
        guard work.shellWords.isEmpty, let customShell else {
            return [work.program] + work.shellWords + SshTransport.safeWords
        }
        return ShellWords.split(customShell)
    }
}
