import MirrorCore
import MirrorTransfer
import Testing

@Suite("Causes of failures")
struct FailureDiagnosisTests {
    struct Case: Sendable {
        var cause: Failure.Cause
        var code: Int32
        var line: ByteString
    }

    static let closed: ByteString = "rsync: connection unexpectedly closed (0 bytes received so far) [sender]"

    static let cases: [Case] = [
        Case(cause: .unreachable, code: 255, line: "ssh: connect to host web port 22: Connection refused"),
        Case(cause: .unreachable, code: 255, line: "ssh: connect to host web port 22: Connection timed out"),
        Case(cause: .unreachable, code: 255, line: "ssh: connect to host web port 22: No route to host"),
        Case(cause: .unreachable, code: 255, line: "ssh: Could not resolve hostname web: Name or service not known"),
        Case(
            cause: .unreachable, code: 10, line: "rsync: failed to connect to web (10.0.0.1): Connection refused (111)"),
        Case(cause: .hostKeyUnknown, code: 255, line: "Host key verification failed."),
        Case(
            cause: .hostKeyUnknown, code: 255,
            line: "No ED25519 host key is known for web and you have requested strict checking."),
        Case(
            cause: .hostKeyChanged, code: 255,
            line: "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @"),
        Case(cause: .permissionDenied, code: 255, line: "root@web: Permission denied (publickey,password)."),
        Case(cause: .permissionDenied, code: 5, line: "@ERROR: auth failed on module backup"),
        Case(cause: .sudoPassword, code: 12, line: "sudo: a password is required"),
        Case(
            cause: .sudoPassword, code: 12,
            line: "sudo: a terminal is required to read the password; either use the -S option"),
        Case(cause: .loginNoise, code: 2, line: "protocol version mismatch -- is your shell clean?"),
        Case(cause: .commandsRefused, code: 1, line: "This service allows sftp connections only."),
        Case(cause: .moduleError, code: 5, line: "@ERROR: Unknown module 'backup'"),
        Case(cause: .moduleError, code: 11, line: "ERROR: module is read only"),
        Case(cause: .rsyncMissingThere, code: 127, line: "bash: line 1: rsync: command not found"),
        Case(cause: .rsyncMissingThere, code: 12, line: "sh: 1: rsync: not found"),
        Case(cause: .connectionLost, code: 12, line: closed),
        Case(cause: .connectionLost, code: 255, line: "client_loop: send disconnect: Broken pipe"),
        Case(cause: .refusedWords, code: 1, line: "rsync: --delete-missing-args: unknown option"),
        Case(cause: .refusedWords, code: 12, line: "rrsync error: option -@-1 has been disabled on this server."),
        Case(cause: .refusedWords, code: 12, line: "Sorry, user u is not allowed to execute '/usr/bin/rsync' as root"),
        Case(cause: .refusedWords, code: 4, line: "@ERROR: The server is configured to refuse --delete"),
        Case(
            cause: .targetUnusable, code: 11,
            line: "rsync: [Receiver] mkdir \"/a/b/c\" failed: No such file or directory (2)"),
        Case(
            cause: .targetUnusable, code: 3,
            line: "rsync: [Receiver] change_dir#3 \"/tgt\" failed: Permission denied (13)"),
        Case(
            cause: .noSpace, code: 11,
            line: "rsync: [receiver] write failed on \"/tgt/x\": No space left on device (28)"),
        Case(cause: .exited, code: 25, line: "Deletions stopped due to --max-delete limit (3 skipped)"),
    ]

    @Test("each is recognised by the words of the program that knows it", arguments: cases)
    func recognised(_ example: Case) throws {
        var errors = [example.line]
        if example.line != Self.closed && example.cause != .exited {
            // What rsync adds when its connection ends must not hide the reason.
            errors += [Self.closed, ByteString("rsync error: unexplained error (code \(example.code)) at io.c(228)")]
        }
        let failure = try #require(FailureDiagnosis.diagnose(RunEvidence(.exited(example.code), errors: errors)))
        #expect(failure == Failure(example.cause, detail: example.line.description))
    }

    @Test("success and our own stop are no failure")
    func none() {
        #expect(FailureDiagnosis.diagnose(RunEvidence(.exited(0))) == nil)
        #expect(FailureDiagnosis.diagnose(RunEvidence(.stopped)) == nil)
    }

    @Test("what the kernel and our own limits say is told without words of a program")
    func withoutWords() {
        #expect(FailureDiagnosis.diagnose(RunEvidence(.stalled))?.cause == .stalled)
        #expect(FailureDiagnosis.diagnose(RunEvidence(.killed(signal: 15)))?.cause == .killed(signal: 15))
        let missing = FailureDiagnosis.diagnose(RunEvidence(.notStarted(errno: 2)))
        #expect(missing == Failure(.rsyncMissingHere, detail: "No such file or directory"))
    }

    @Test("each cause has a cure that names the host")
    func cures() {
        for example in Self.cases {
            let cure = FailureAdvice.cure(for: Failure(example.cause), target: "u@web:/tgt/")
            #expect(cure.hasSuffix("."))
        }
        #expect(FailureAdvice.cure(for: Failure(.hostKeyChanged), target: "u@web:/x").contains("ssh-keygen -R web"))
    }
}

@Suite("Where a target is")
struct TargetAddressTests {
    @Test("a colon makes a host, unless a slash stands before it")
    func addresses() {
        #expect(TargetAddress("/a:b/") == .local("/a:b/"))
        #expect(TargetAddress("./a:b/") == .local("./a:b/"))
        #expect(TargetAddress("dir") == .local("dir"))
        #expect(TargetAddress("h:/x/") == .shell(host: "h", path: "/x/"))
        #expect(TargetAddress("u@h:") == .shell(host: "u@h", path: ""))
        #expect(TargetAddress("u@[fe80::1]:/x") == .shell(host: "u@fe80::1", path: "/x"))
        #expect(TargetAddress("[::1]::m/x") == .daemon(host: "::1", port: nil, path: "m/x"))
        #expect(TargetAddress("h::m") == .daemon(host: "h", port: nil, path: "m"))
        #expect(TargetAddress("rsync://u@h:8873/m/x") == .daemon(host: "u@h", port: 8873, path: "m/x"))
        #expect(TargetAddress("RSYNC://[::1]/m") == .daemon(host: "::1", port: nil, path: "m"))
        #expect(TargetAddress("u@h:/x").hostName == "h")
    }
}
