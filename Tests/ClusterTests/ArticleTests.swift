import Glibc
import MirrorCore
import MirrorTesting
import Testing

extension ClusterTests {
    @Suite("the article's configuration, byte for byte", .serialized)
    struct ArticleTests {
        @Test("200 changes of people at work arrive on every node, and the trees are equal", .needsCluster)
        func changesArrive() async throws {
            let article = try await Article()
            defer { article.cluster.stop() }
            let recorded = try await RsyncWitness(on: article.cluster.master)
            var workday = try article.workday(seed: 1)
            let lockstep = try article.start()
            try await article.waitUntilEqual()
            try await workday.work(changes: 200, over: .seconds(25)) { _, _ in #expect(lockstep.exit == nil) }
            try await workday.waitForArrival(within: .seconds(30))
            try await article.waitUntilEqual()
            #expect(try workday.losses(in: article.cluster.master.tree) == [])
            let calls = try recorded.calls()
            #expect(calls.count > 3)
            #expect(!calls.contains { $0.contains("10.0.1.10:") }, "rsync was called from the master to itself")
            #expect(!calls.contains { $0.contains("--server") }, "an rsync from elsewhere wrote to the master")
            #expect(try await lockstep.stop() == .code(143))
        }

        @Test("a target that is stopped during changes holds nobody up, and catches up by itself", .needsCluster)
        func targetReturns() async throws {
            let article = try await Article()
            defer { article.cluster.stop() }
            let away = article.cluster.others[1]
            let present = article.cluster.others.filter { $0.name != away.name }
            var workday = try article.workday(seed: 2, seenAt: present)
            let lockstep = try article.start()
            try await article.waitUntilEqual()
            away.sshd.stop()
            try await workday.work(changes: 40, over: .seconds(12))
            try await workday.waitForArrival(within: .seconds(10))
            try await article.waitUntilEqual(present)
            #expect(try !TreeComparison.differences(article.cluster.master.tree, away.tree).isEmpty)
            try await away.sshd.start()
            try await article.waitUntilEqual([away], within: .seconds(40))
            #expect(lockstep.exit == nil)
        }

        @Test("a target whose cable is pulled during changes holds nobody up, and catches up by itself", .needsCluster)
        func cableReturns() async throws {
            let article = try await Article()
            defer { article.cluster.stop() }
            let away = article.cluster.others[0]
            let present = Array(article.cluster.others.dropFirst())
            var workday = try article.workday(seed: 3, seenAt: present)
            let lockstep = try article.start()
            try await article.waitUntilEqual()
            try await away.cutLink()
            try await workday.work(changes: 20, over: .seconds(6))
            try await workday.waitForArrival(within: .seconds(10))
            try await away.restoreLink()
            try await article.waitUntilEqual([away], within: .seconds(120))
            #expect(lockstep.exit == nil)
        }

        @Test("a full target is reported, and gets everything once there is space, without a restart", .needsCluster)
        func fullTarget() async throws {
            var layout = ClusterLayout.article
            layout.machines[2].treeSize = 1024
            let article = try await Article(layout)
            defer { article.cluster.stop() }
            let full = article.cluster.others[1]
            let roomy = article.cluster.others.filter { $0.name != full.name }
            var workday = try article.workday(seed: 4)
            let lockstep = try article.start()
            try await article.waitUntilEqual()
            let large = ByteString([UInt8](repeating: 7, count: 3_000_000))
            try article.cluster.master.tree.write("large.iso", large)
            try await article.waitUntilEqual(roomy)
            try await Condition.wait(
                until: "the log says that the disk is full", deadline: .seconds(30), state: { article.log },
                holds: { article.log.lowercased().contains("no space") })
            try await full.resizeTree(to: 64 * 1024)
            try await workday.work(changes: 5, over: .seconds(1))
            try await article.waitUntilEqual(within: .seconds(150))
            #expect(lockstep.exit == nil)
        }

        @Test("kill -9 in the middle of changes and a restart lose nothing", .needsCluster)
        func crash() async throws {
            let article = try await Article()
            defer { article.cluster.stop() }
            var workday = try article.workday(seed: 5)
            var lockstep = try article.start()
            try await article.waitUntilEqual()
            for _ in 0..<3 {
                try await workday.work(changes: 20, over: .seconds(3))
                try await lockstep.crash()
                try await workday.work(changes: 5, over: .milliseconds(200))
                lockstep = try article.start()
            }
            // Not each change by itself: some are covered by later ones while nobody carries them.
            try await article.waitUntilEqual()
            #expect(try workday.losses(in: article.cluster.master.tree) == [])
            #expect(try await lockstep.stop() == .code(143))
        }

        @Test("a writer at full speed into the source that is a target too loses nothing", .needsCluster)
        func sourceIsTarget() async throws {
            let article = try await Article()
            defer { article.cluster.stop() }
            let source = article.cluster.master.tree
            for folder in 0..<20 { try source.makeDirectory(ByteString("d\(folder)")) }
            let lockstep = try article.start()
            let end = ContinuousClock.now + .seconds(8)
            var written = 0
            while ContinuousClock.now < end {
                for _ in 0..<100 {
                    try source.write(ByteString("d\(written % 20)/file \(written)"), ByteString("\(written)"))
                    written += 1
                }
                await Task.yield()
            }
            #expect(try source.count() == written + 20)
            try await article.waitUntilEqual(within: .seconds(120))
            #expect(try source.count() == written + 20)
            #expect(try await lockstep.stop() == .code(143))
        }
    }
}
