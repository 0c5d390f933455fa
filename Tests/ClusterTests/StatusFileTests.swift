import Glibc
import MirrorCore
import MirrorTesting
import Testing

extension ClusterTests {
    /// In a machine of its own, since a mistake here would replace /dev/null for everybody.
    @Suite("a status file that is not an ordinary file of ours", .serialized)
    struct StatusFileTests {
        enum Kind: String, CaseIterable, Sendable { case null, link, bound, foreign, secondName }

        @Test("keeps type, owner and mode", .needsCluster, arguments: Kind.allCases)
        func keeps(kind: Kind) async throws {
            let cluster = try await Cluster(ClusterLayout(machines: [.init(name: "alone", address: "10.0.1.10")]))
            defer { cluster.stop() }
            let machine = cluster.master
            let files = machine.namespace.tree("/tmp")
            let path = try await prepare(kind, on: machine)
            let name = ByteString(path.split(separator: "/").last.map(String.init) ?? "")
            let place = machine.namespace.tree(ByteString(String(path.dropLast(name.count + 1))))
            let before = try #require(try place.status(name))
            try await machine.namespace.run(["mkdir", "-p", "/var/copy"])
            try machine.shared.write("lockstep.conf", configuration(status: path))
            let lockstep = try machine.startLockstep(["lsyncd", machine.shared.path("lockstep.conf")])
            try await seeWritten(kind, machine, lockstep)
            let after = try #require(try place.status(name))
            #expect(after.kind == before.kind)
            #expect(after.mode == before.mode)
            #expect(after.user == before.user)
            #expect(after.inode == before.inode)
            #expect(after.links == before.links)
            if kind == .link { #expect(try place.destination(name) == "real.status") }
            #expect(try files.names().filter { $0.description.contains("status") }.count <= 2)
            #expect(try await lockstep.stop() == .code(143))
        }

        private func configuration(status: String) -> ByteString {
            ByteString(
                """
                settings{ nodaemon = true, statusFile = "\(status)", statusInterval = 1 }
                sync{ default.rsync, source = "/var/www/mariusv", target = "/var/copy", delay = 1 }

                """)
        }

        private func prepare(_ kind: Kind, on machine: ClusterNode) async throws -> String {
            let files = machine.namespace.tree("/tmp")
            switch kind {
            case .null:
                // The machine's own /dev, or the test would play with everybody's.
                let script = """
                    mkdir /run/dev && mount -t tmpfs dev /run/dev && cd /run/dev && mkdir shm pts
                    for name in null zero random urandom; do cp -a /dev/$name .; done
                    mount --rbind /dev/shm shm && mount --move /run/dev /dev
                    """
                try await machine.namespace.run(["bash", "-ec", ByteString(script)])
                return "/dev/null"
            case .link:
                try files.write("real.status", "")
                try files.makeLink("the.status", to: "real.status")
            case .bound:
                try files.write("real.status", "", mode: 0o600)
                try files.write("the.status", "")
                try await machine.namespace.run(["mount", "--bind", "/tmp/real.status", "/tmp/the.status"])
            case .foreign:
                try files.write("the.status", "", mode: 0o666)
                try files.changeOwner("the.status", user: 33, group: 33)
            case .secondName:
                try files.write("the.status", "", mode: 0o640)
                try files.makeHardLink("real.status", to: "the.status")
            }
            return "/tmp/the.status"
        }

        /// Waits until it must have been written: its content says so, or for /dev/null a change that went through and
        /// a second one after it.
        private func seeWritten(_ kind: Kind, _ machine: ClusterNode, _ lockstep: LockstepProcess) async throws {
            let copy = machine.namespace.tree("/var/copy")
            for name in ["one", "two"] as [ByteString] {
                try machine.tree.write(name, "content")
                try await Condition.wait(
                    until: "\"\(name)\" has arrived", state: { lockstep.output + lockstep.errors },
                    holds: { try copy.status(name) != nil })
            }
            guard kind != .null else { return }
            let files = machine.namespace.tree("/tmp")
            let name: ByteString = kind == .foreign || kind == .secondName ? "the.status" : "real.status"
            try await Condition.wait(
                until: "the status file has been written", state: { lockstep.output + lockstep.errors },
                holds: { try files.read(name).hasPrefix("Lsyncd status report at ") })
        }
    }
}
