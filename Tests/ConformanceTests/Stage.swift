import Glibc
import MirrorCore
import MirrorTesting
import Testing

/// The place of one case: source, target, and stand-ins for rsync and ssh that write down what they are called with.
final class Stage: Sendable {
    let tree: TemporaryTree
    let source: DirectoryTree
    let target: DirectoryTree
    private let programs: DirectoryTree
    private let rsync: RecordingRsync
    private let ssh: RecordingRsync

    init(_ test: Case) throws {
        tree = try TemporaryTree()
        source = try tree.directory("source")
        target = try tree.directory("target")
        programs = try tree.directory("programs")
        rsync = try RecordingRsync(in: try tree.directory("rsync"))
        ssh = try RecordingRsync(in: try tree.directory("ssh"))
        try programs.makeLink("rsync", to: rsync.binary)
        try programs.makeLink("ssh", to: ssh.binary)
        try source.write("there", "x")
        for (path, content) in test.files {
            if let cut = path.lastIndex(of: "/") { try tree.tree.makeDirectories(ByteString(String(path[..<cut]))) }
            try tree.tree.write(ByteString(path), ByteString(filled(content)))
        }
        for (target, code) in test.codes { try rsync.answer(ByteString(filled(target)), with: code) }
        try tree.tree.write("conf", ByteString(filled(test.text)))
        // Which of two writes hides behind the other depends on the moment; lsyncd's own words do not.
        try tree.tree.write(
            "before.lua", ByteString(filled("settings{ rsyncCompat = 'exact', stateDir = 'ROOT/state' }")))
    }

    var environment: [String: String] {
        [
            "PATH": "\(programs.root):/usr/bin:/bin:/usr/sbin:/sbin", "XDG_STATE_HOME": tree.path.description,
            "HOME": tree.path.description, "CASE_HOST": "h", "CASE_DIR": source.root.description,
        ]
    }

    func filled(_ text: String) -> String {
        text.replacing("SRC", with: source.root.description).replacing("TGT", with: target.root.description)
            .replacing("ROOT", with: tree.path.description)
    }

    /// A program that asks only what a host or a directory is has not been called for a transfer.
    func calls() throws -> [String] {
        try rsync.calls().map { call in
            let words = call.words.map { shown($0).replacing(" ", with: "␣") }.joined(separator: " ")
            return call.input.isEmpty ? words : words + " < " + shown(call.input)
        }
    }

    func sshCalls() throws -> [String] {
        try ssh.calls().map { $0.words.map(\.description).joined(separator: " ") + " < " + shown($0.input) }
    }

    private func shown(_ text: ByteString) -> String {
        text.description.replacing(source.root.description, with: "SRC").replacing(target.root.description, with: "TGT")
            .replacing(tree.path.description, with: "ROOT").replacing("\0", with: "|").replacing("\n", with: "¶")
    }

    func perform(_ deed: Case.Deed) throws {
        switch deed {
        case .write(let path): try source.write(ByteString(path), "y")
        case .remove(let path): try source.removeAll(ByteString(path))
        case .makeDirectory(let path): try source.makeDirectories(ByteString(path))
        case .rename(let old, let new): try source.rename(ByteString(old), to: ByteString(new))
        }
    }

    /// Everything that the case may look at: the terminal, the log file, the status file.
    func text(of name: ByteString) -> String {
        guard let status = try? tree.tree.status(name), status.kind == .file else { return "" }
        return (try? tree.tree.read(name).description) ?? ""
    }
}

extension Stage {
    /// Runs a case as lsyncd's command line, and returns after everything that it expects has come.
    func run(_ test: Case) async throws {
        let arguments = test.arguments.map { ByteString(filled($0)) }
        let isPlain = test.arguments.contains { $0.hasPrefix("-rsync") || $0.hasPrefix("-direct") }
        let words: [ByteString] =
            ["lsyncd", "-nodaemon", "-script", "before.lua"] + arguments + (isPlain ? [] : ["conf"])
        let process = try LockstepProcess(words, environment: environment, directory: tree.path)
        func wait(_ what: String, _ holds: () throws -> Bool) async throws {
            try await Condition.wait(
                until: "\(test.name): \(what)", deadline: .seconds(90),
                state: {
                    let calls = ((try? self.calls()) ?? []) + ((try? self.sshCalls()) ?? [])
                    return calls.joined(separator: "\n") + "\n" + process.output + process.errors
                }, holds: holds)
        }
        func allText() -> String { process.output + process.errors + text(of: "log") }
        try await wait("the calls at the start are \(test.start)") {
            let calls = try calls()
            return test.start.allSatisfy { call in calls.contains { $0 == call || $0.hasPrefix(call + " < ") } }
        }
        if test.exit == nil { try await wait("it is live") { try self.isLive(test, process) } }
        for deed in test.deeds { try perform(deed) }
        try await wait("the calls afterwards are \(test.later)") {
            let calls = try calls()
            return test.later.allSatisfy { call in calls.contains { $0 == call } }
        }
        try await wait("ssh gets \(test.ssh)") {
            let calls = try sshCalls()
            return test.ssh.allSatisfy { part in calls.contains { $0.contains(self.filled(part)) } }
        }
        for line in test.log.map(filled) {
            try await wait("the log has \"\(line)\"") { allText().contains(line) }
        }
        for line in test.status.map(filled) {
            try await wait("the status has \"\(line)\"") { text(of: "status").contains(line) }
        }
        if let code = test.exit {
            #expect(try await process.waitForExit(within: .seconds(90)) == .code(code), "\(test.name)")
        } else {
            #expect(try await process.stop(within: .seconds(90)) == .code(143), "\(test.name)")
        }
    }

    /// Every comparison at the start that the case expects has ended, so what comes next is a change.
    private func isLive(_ test: Case, _ process: LockstepProcess) throws -> Bool {
        let text = process.output + self.text(of: "log")
        return test.start.isEmpty || text.components(of: "finished").count > test.start.count
            || text.contains("Retrying startup") || text.contains("did not arrive")
    }
}

extension String {
    fileprivate func components(of word: String) -> [Substring] {
        split(separator: word, omittingEmptySubsequences: false)
    }
}
