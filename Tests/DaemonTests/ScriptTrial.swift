import MirrorCore
import MirrorTesting
import Testing

/// A source, a configuration with functions or commands of its own, and programs that write down how they are called.
struct ScriptTrial {
    let trial: Trial
    let programs: DirectoryTree

    var source: DirectoryTree { trial.source }

    /// `programs`: more names that stand first in PATH.
    init(programs more: [ByteString] = []) throws {
        let names = ["note", "rsync", "ssh", "cp", "mv", "rm", "mkdir"] + more
        trial = try Trial()
        programs = try trial.tree.directory("programs")
        try programs.makeDirectory("codes")
        for name in names { try programs.write(name, ByteString(Self.script(programs.root)), mode: 0o755) }
    }

    /// One line for each call: its name, its words in brackets, and what it read, zero bytes as commas. It ends with
    /// the first line of `codes/NAME`, which falls away unless it is the last.
    private static func script(_ root: ByteString) -> String {
        """
        #!/bin/bash
        export PATH=/usr/local/bin:/usr/bin:/bin
        name="${0##*/}"
        if [ "$1" = --version ]; then echo 'rsync  version 3.2.7  protocol version 31'; exit 0; fi
        line="$name"
        for word in "$@"; do line="$line [$word]"; done
        input="$(tr '\\0' ,)"
        if [ -n "$input" ]; then line="$line < ${input//$'\\n'/;}"; fi
        printf '%s\\n' "$line" >>'\(root)/calls'
        code='\(root)/codes/'"$name"
        if [ -e "$code" ]; then
          number="$(head -n 1 "$code")"
          if [ "$(wc -l <"$code")" -gt 1 ]; then sed -i 1d "$code"; fi
          exit "$number"
        fi
        exit 0

        """
    }

    /// `SRC`, `TGT` and `ROOT` in the text stand for the directories.
    func start(_ text: String, settings: String = "", words: ByteString...) throws -> LockstepProcess {
        let head =
            "settings{ stateDir = \"ROOT/state\", statusFile = \"ROOT/status\", statusInterval = 1, \(settings) }\n"
        try trial.write(filled(head + text))
        return try LockstepProcess(
            ["-nodaemon", "-log", "Info"] + words + ["conf"], environment: environment, directory: trial.tree.path,
            binary: trial.lsyncd)
    }

    var environment: [String: String] {
        let path = ChildProcess.inherited["PATH"] ?? "/usr/bin:/bin"
        return trial.environment.merging(["PATH": "\(programs.root):\(path)"]) { $1 }
    }

    func filled(_ text: String) -> String {
        // In one pass: the name of a temporary directory may hold these letters too.
        text.replacing(#/SRC|TGT|ROOT/#) { match in
            switch match.output {
            case "SRC": "\(trial.source.root)"
            case "TGT": "\(trial.target.root)"
            default: "\(trial.tree.path)"
            }
        }
    }

    /// From now on the program ends with these codes, the last of them for ever.
    func answer(_ name: ByteString, with codes: Int...) throws {
        let lines = codes.map { "\($0)\n" }.joined()
        try programs.write("codes/" + name, ByteString(lines))
    }

    /// All calls so far, with the directories as in `filled`.
    func calls() throws -> [String] {
        guard try programs.status("calls") != nil else { return [] }
        return try programs.read("calls").description.split(separator: "\n").map { shortened(String($0)) }
    }

    func shortened(_ text: String) -> String {
        text.replacing("\(trial.source.root)", with: "SRC").replacing("\(trial.target.root)", with: "TGT")
            .replacing("\(trial.tree.path)", with: "ROOT")
    }

    func wait(forCall call: String, of process: LockstepProcess) async throws {
        try await Condition.wait(
            until: "\(call) is called", state: { state(of: process) }, holds: { try calls().contains(call) })
    }

    func wait(forCalls count: Int, of process: LockstepProcess) async throws {
        try await Condition.wait(
            until: "\(count) calls were made", state: { state(of: process) }, holds: { try calls().count >= count })
    }

    func wait(forLine line: String, of process: LockstepProcess) async throws {
        try await Condition.wait(
            until: "\"\(line)\" stands in the log", state: { state(of: process) },
            holds: { shortened(process.output + process.errors).contains(line) })
    }

    func waitUntilLive(_ process: LockstepProcess) async throws {
        try await Condition.wait(
            until: "the watches stand", state: { state(of: process) }, holds: { process.output.contains(": watching ") }
        )
    }

    /// Nothing waits and nothing runs: a later event meets no earlier one.
    func waitUntilIdle(_ process: LockstepProcess) async throws {
        if try trial.tree.tree.status("status") != nil { try trial.tree.tree.remove("status") }
        try await Condition.wait(
            until: "nothing waits", state: { state(of: process) }, holds: { try status().showsNothingWaiting })
    }

    func status() throws -> String {
        guard try trial.tree.tree.status("status") != nil else { return "" }
        return shortened(try trial.tree.tree.read("status").description)
    }

    private func state(of process: LockstepProcess) -> String {
        "calls: \((try? calls()) ?? [])\n\(shortened(process.output))\n\(shortened(process.errors))"
    }
}

extension String {
    fileprivate var showsNothingWaiting: Bool {
        let counts = split(separator: "\n").filter { $0.hasPrefix("There are ") }
        return !counts.isEmpty && counts.allSatisfy { $0 == "There are 0 delays" }
    }
}

// Operations that the kernel tells as exactly one event each, however slow the machine is.
extension ScriptTrial {
    /// `put a`: Create; `append a`: Modify; `chmod a`: Attrib; `remove a`: Delete; `mkdir d`: Create; `rename a b`:
    /// Move; `put-dir d`: a directory with the file `f` comes from elsewhere.
    func perform(_ step: String) throws {
        let words = step.split(separator: " ").filter { $0 != "then" }.map { ByteString(String($0)) }
        let name = words[1]
        switch words[0] {
        case "put":
            try trial.tree.tree.write("new", name)
            try trial.tree.tree.rename("new", to: "source/" + name)
        case "put-dir":
            try trial.tree.tree.makeDirectory("new")
            try trial.tree.tree.write("new/f", name)
            try trial.tree.tree.rename("new", to: "source/" + name)
        case "append": try source.append(name, "more")
        case "chmod": try source.changeMode(name, 0o600)
        case "remove": try source.remove(name)
        case "mkdir": try source.makeDirectory(name)
        case "rename": try source.rename(name, to: words[2])
        default: throw FixtureError("no such step: \(step)")
        }
    }
}
