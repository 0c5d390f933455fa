import Foundation
import Glibc
import MirrorCore
import MirrorTesting
import Testing

@Suite("Units of systemd")
struct UnitFileTests {
    private static let packaging = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "../../packaging")
    private static let units = ["lockstep@.service", "lsyncd.service"]

    private func text(_ name: String) throws -> String {
        try String(contentsOf: Self.packaging.appending(path: "systemd/" + name), encoding: .utf8)
    }

    /// With programs that are there, since it looks for them.
    private func verify(_ files: [String: String], _ unit: String) async throws -> (ChildProcess.Exit, String) {
        let tree = try TemporaryTree()
        for (name, text) in files {
            let here = text.replacing("/usr/bin/lockstep", with: LockstepProcess.binary.description)
                .replacing("/usr/bin/lsyncd", with: LockstepProcess.binary.description)
            if name.contains("/") { try tree.tree.makeDirectories(ByteString(String(name.split(separator: "/")[0]))) }
            try tree.tree.write(ByteString(name), ByteString(here))
        }
        let child = try ChildProcess(
            [
                "/usr/bin/systemd-analyze", "verify", "--man=no", "--recursive-errors=no",
                tree.path + "/" + ByteString(unit),
            ])
        let exit = try await child.waitForExit(within: .seconds(60))
        return (exit, child.outputText + child.errorText)
    }

    private func needsTool() throws {
        if access("/usr/bin/systemd-analyze", X_OK) != 0 { try Test.cancel("systemd-analyze is not installed") }
    }

    @Test("systemd-analyze verify has nothing to say of them, and notices a mistake", arguments: units)
    func verified(unit: String) async throws {
        try needsTool()
        let instance = unit.replacing("@.", with: "@web.")
        let (exit, said) = try await verify([instance: try text(unit)], instance)
        #expect(exit == .code(0) && said.isEmpty, "\(exit): \(said)")
        let mistaken = try text(unit).replacing("WatchdogSec=", with: "WatchdogSecs=")
        let (_, complaint) = try await verify([instance: mistaken], instance)
        #expect(complaint.contains("WatchdogSecs"), "\(complaint)")
    }

    @Test("so has it with the drop-ins of the documentation")
    func dropIns() async throws {
        try needsTool()
        let unit = "lockstep@web.service"
        let (exit, said) = try await verify(
            [
                unit: try text("lockstep@.service"),
                "\(unit).d/unprivileged.conf": try text("unprivileged.conf").replacing("=lockstep", with: "=daemon"),
                "\(unit).d/remote-targets.conf": try text("remote-targets.conf"),
            ], unit)
        #expect(exit == .code(0) && said.isEmpty, "\(exit): \(said)")
    }

    @Test("they tell systemd what the program does: notify, reload by HUP, watchdog, an end in time, no PrivateTmp")
    func contents() throws {
        for unit in Self.units {
            let lines = Set(try text(unit).split(separator: "\n").map(String.init))
            for line in [
                "Type=notify", "ExecReload=/bin/kill -HUP $MAINPID", "WatchdogSec=60", "TimeoutStopSec=30",
                "KillMode=mixed", "StateDirectory=lockstep", "Restart=on-failure",
            ] { #expect(lines.contains(line), "\(unit): \(line)") }
            // The article's status file lies in /tmp.
            #expect(!lines.contains { $0.hasPrefix("PrivateTmp") }, "\(unit)")
        }
    }
}

@Suite("The container image's recipe")
struct ContainerTests {
    private static let recipe = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../packaging/container/Containerfile")

    /// An image can't be built without a registry; what can be known of a recipe by reading it is looked at.
    @Test("each instruction is one that there is, what is copied is made before, and it runs as the documentation says")
    func recipe() throws {
        let text = try String(contentsOf: Self.recipe, encoding: .utf8).replacing("\\\n", with: " ")
        let instructions = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let words = line.split(separator: " ", maxSplits: 1)
            return (String(words[0]), words.count > 1 ? String(words[1]) : "")
        }
        let known = [
            "FROM", "ARG", "RUN", "WORKDIR", "COPY", "ENV", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK",
            "ENTRYPOINT", "CMD", "LABEL",
        ]
        for (name, _) in instructions { #expect(known.contains(name), "\(name)") }
        let stages = instructions.filter { $0.0 == "FROM" }.map(\.1)
        #expect(stages.count == 2 && stages[0].hasSuffix(" AS build"))
        for (name, words) in instructions where name == "COPY" && words.hasPrefix("--from=") {
            #expect(words.hasPrefix("--from=build /src/.build/deb/"), "\(words)")
        }
        // The program reaps what it starts, ends with TERM, and finds rsync and ssh.
        #expect(instructions.contains { $0 == ("STOPSIGNAL", "SIGTERM") })
        #expect(instructions.contains { $0.0 == "RUN" && $0.1.contains("openssh-client") && $0.1.contains("rsync") })
        for (name, words) in instructions where ["ENTRYPOINT", "CMD"].contains(name) {
            let list = try JSONDecoder().decode([String].self, from: Data(words.utf8))
            #expect(name == "CMD" || list == ["/usr/bin/lockstep"], "\(words)")
        }
    }
}
