import MirrorCore
import MirrorTesting
import Testing

extension ClusterTests {
    @Suite("a source that is not what it was", .serialized)
    struct GuardTests {
        @Test("a first start without the source's file system deletes nothing, and accept releases it", .needsCluster)
        func firstStart() async throws {
            let article = try await Article()
            defer { article.cluster.stop() }
            let master = article.cluster.master
            try fill(article.cluster.others)
            try await master.namespace.run(["umount", "/var/www"])
            let lockstep = try article.start()
            try await waitForPause(article, lockstep)
            try expectFull(article.cluster.others)
            try await accept(article)
            try await Condition.wait(
                until: "the accepted source is mirrored", deadline: .seconds(60), state: { article.log },
                holds: { try article.cluster.others.allSatisfy { try $0.tree.count() == 0 } })
            #expect(try await lockstep.stop() == .code(143))
        }

        @Test("a restart without the source's file system deletes nothing, and goes on when it is back", .needsCluster)
        func restart() async throws {
            let article = try await Article()
            defer { article.cluster.stop() }
            let master = article.cluster.master
            // A file system that can be taken away and given back.
            try await master.namespace.run(["mkdir", "/run/disk"])
            try await master.namespace.run(["mount", "-t", "tmpfs", "disk", "/run/disk"])
            try await master.namespace.run(["mkdir", "/run/disk/mariusv"])
            try await master.namespace.run(["mount", "--move", "/run/disk", "/var/www"])
            try fill([master])
            var lockstep = try article.start()
            try await article.waitUntilEqual()
            #expect(try await lockstep.stop() == .code(143))
            try await master.namespace.run(["mount", "--move", "/var/www", "/run/disk"])
            try await master.namespace.run(["sh", "-c", "mount -t tmpfs gone /var/www && mkdir /var/www/mariusv"])
            lockstep = try article.start()
            try await waitForPause(article, lockstep)
            try expectFull(article.cluster.others)
            // Back again, with something new in it.
            try await master.namespace.run(["umount", "/var/www"])
            try await master.namespace.run(["mount", "--move", "/run/disk", "/var/www"])
            try master.tree.write("news.html", "it goes on\n")
            try await article.waitUntilEqual(within: .seconds(90))
            try expectFull(article.cluster.others)
            #expect(try await lockstep.stop() == .code(143))
        }

        @Test("a source that vanishes while lockstep runs empties no target", .needsCluster)
        func vanishes() async throws {
            let article = try await Article()
            defer { article.cluster.stop() }
            let master = article.cluster.master
            try fill([master])
            let lockstep = try article.start()
            try await article.waitUntilEqual()
            try await master.namespace.run(["umount", "--lazy", "/var/www"])
            try await waitForPause(article, lockstep)
            try expectFull(article.cluster.others)
            #expect(lockstep.exit == nil)
        }

        private func fill(_ nodes: [ClusterNode]) throws {
            for node in nodes {
                try node.tree.makeDirectories("wp-content/uploads")
                for number in 0..<50 {
                    try node.tree.write(ByteString("wp-content/uploads/image \(number).jpg"), ByteString("\(number)"))
                }
            }
        }

        private func expectFull(_ nodes: [ClusterNode]) throws {
            for node in nodes { #expect(try node.tree.count() >= 52, "\(node.name) has lost files") }
        }

        /// Log and status file name the pause.
        private func waitForPause(_ article: Article, _ lockstep: LockstepProcess) async throws {
            try await Condition.wait(
                until: "the log says that the source is paused and how to go on", deadline: .seconds(40),
                state: { "exit: \(String(describing: lockstep.exit))\n\(lockstep.errors)\n\(article.log)" },
                holds: { article.log.contains("lockstep accept /var/www/mariusv") })
            try await Condition.wait(
                until: "the status file says so too", deadline: .seconds(40), state: { article.status },
                holds: { article.status.contains("paused") })
            #expect(lockstep.exit == nil)
        }

        private func accept(_ article: Article) async throws {
            let master = article.cluster.master
            try await master.namespace.run([master.program, "accept", "/var/www/mariusv"])
        }
    }
}
