import MirrorCore
import MirrorTesting
import Testing

extension ClusterTests {
    @Suite("the fixtures themselves", .serialized)
    struct FixtureTests {
        @Test(
            "a cluster has a login without a password on every machine, and no way out", .needsCluster)
        func clusterStands() async throws {
            let cluster = try await Cluster()
            defer { cluster.stop() }
            for node in cluster.nodes {
                let name = try await cluster.master.namespace.run([
                    "ssh", "-oBatchMode=yes", ByteString(node.address), "hostname",
                ])
                #expect(name == node.name + "\n")
                #expect(try await node.namespace.run(["ip", "route", "show", "default"]).isEmpty)
            }
            try cluster.master.tree.write("index.html", "hello\n")
            for node in cluster.others { #expect(try node.tree.status("index.html") == nil) }
        }

        @Test(
            "the article's nginx answers with every machine, and below /wp-admin/ with the master",
            .needsCluster)
        func balancerSpreads() async throws {
            let cluster = try await Cluster(.articleWithBalancer)
            defer { cluster.stop() }
            for node in cluster.nodes {
                try node.tree.write("index.html", ByteString(node.name))
                try node.tree.makeDirectory("wp-admin")
                try node.tree.write("wp-admin/index.html", "admin")
            }
            let servers = try await WebServers(for: cluster, sites: Examples.nginx())
            let pages = try await servers.answers("/", from: cluster, count: 8)
            #expect(Set(pages) == Set(cluster.nodes.map(\.name)))
            let admin = try await servers.answers("/wp-admin/", from: cluster, count: 4)
            #expect(Set(admin) == ["master"])
        }

        @Test("the comparison of trees sees every kind of difference")
        func comparisonSees() throws {
            let temporary = try TemporaryTree()
            let (left, right) = (try temporary.directory("left"), try temporary.directory("right"))
            for tree in [left, right] {
                try tree.makeDirectories("d/e")
                for name in ["same", "size", "content", "mode", "time", "d/e/\u{1}\n[x]"] as [ByteString] {
                    try tree.write(name, "12345")
                    try tree.setTime(name, seconds: 1_000_000_000)
                }
                try tree.makeLink("link", to: "same")
                try tree.setTime("link", seconds: 1_000_000_000)
                for name in ["d/e", "d"] as [ByteString] { try tree.setTime(name, seconds: 1_000_000_000) }
            }
            #expect(try TreeComparison.differences(left, right) == [])
            try right.write("size", "1")
            try right.write("content", "12346")
            try right.setTime("content", seconds: 1_000_000_000)
            try right.changeMode("mode", 0o600)
            try right.setTime("time", seconds: 1_000_000_001)
            try right.remove("link")
            try right.makeLink("link", to: "other")
            try right.setTime("link", seconds: 1_000_000_000)
            try right.write("more", "")
            try right.removeAll("d/e")
            try right.setTime("d", seconds: 1_000_000_000)
            let found = try TreeComparison.differences(left, right)
            for name in ["size", "content", "mode", "time", "link", "more", "d/e"] {
                #expect(found.contains { $0.hasPrefix("\"\(name)\"") }, "\(name) in \(found)")
            }
            #expect(!found.contains { $0.hasPrefix("\"same\"") })
        }

        @Test("a random writer repeats itself, stays in its tree and leaves odd names")
        func writerRepeats() throws {
            let temporary = try TemporaryTree()
            let trees = [try temporary.directory("first"), try temporary.directory("second")]
            for tree in trees {
                var writer = RandomWriter(tree, seed: 7)
                writer.run(3000)
            }
            #expect(try TreeComparison.differences(trees[0], trees[1], checking: [.mode, .user]) == [])
            #expect(try temporary.tree.names() == ["first", "second"])
            #expect(try trees[0].count() > 100)
        }

        @Test("a recording rsync writes its calls down and answers as told")
        func recordingRecords() async throws {
            let temporary = try TemporaryTree()
            let rsync = try RecordingRsync(in: temporary.directory("recorder"))
            let words: [ByteString] = ["-r", "with space\n", "/src/", "host:/dst/"]
            try await ChildProcess.run([rsync.binary] + words, input: .bytes(ByteString([97, 0, 0xff, 0])))
            try rsync.answer("host:/dst/", with: 255)
            let second = try ChildProcess([rsync.binary] + words)
            #expect(try await second.waitForExit() == .code(255))
            let calls = try rsync.calls()
            #expect(calls.map(\.words) == [words, words])
            #expect(calls.first?.names == ["a", ByteString([0xff])])
        }

        @Test("an sshd of our own takes real rsync, and is gone after stop")
        func serverServes() async throws {
            let temporary = try TemporaryTree()
            let place = try temporary.directory("sshd")
            let keys = try await SshKeys.make(in: place)
            let server = try SshServer(in: place, keys: keys, port: FreePort.find())
            try await server.start()
            try place.write("known_hosts", keys.knownHosts("127.0.0.1", port: server.port))
            let source = try temporary.directory("source")
            try source.write("file", "content")
            let target = try temporary.directory("target")
            let shell = server.clientWords(knownHosts: place.path("known_hosts")).joined(separator: " ")
            let words: [ByteString] = ["rsync", "-a", "-e", shell, source.root + "/", "127.0.0.1:" + target.root]
            try await ChildProcess.run(words)
            #expect(try TreeComparison.differences(source, target) == [])
            server.stop()
            #expect(try await ChildProcess(words).waitForExit() != .code(0))
        }
    }
}
