import Glibc
import MirrorCore
import MirrorTesting
import Testing

extension ClusterTests {
    /// A few rounds; `make soak` runs as many as it is told to.
    @Suite("chaos on real machines", .serialized)
    struct ChaosTests {
        /// One round for each file system of the source. Between them they have every kind of fault.
        static let rounds: [(seed: UInt64, source: FileSystem)] = [
            (11, .ext4), (12, .xfs), (13, .btrfs), (14, .overlay), (15, .tmpfs),
        ]

        @Test("after writers and faults the trees are equal", .needsCluster, arguments: rounds)
        func round(seed: UInt64, source: FileSystem) async throws {
            var missing: [String] = []
            let available = try await FileSystem.available { missing.append($0) }
            // A kernel without it, or no mkfs.
            guard available.contains(source) else { try Test.cancel("\(missing.joined(separator: "; "))") }
            let plan = ChaosPlan(seed: seed, available: available, source: source)
            let report = try await ChaosRound(plan).run()
            #expect(report.failures == [], "\(report.complaint)")
            #expect(report.operationCount > 0)
        }

        @Test("a seed is one plan, kinds of faults and deeds are absent in part of them")
        func plans() {
            let plans = (UInt64(0)..<200).map { ChaosPlan(seed: $0) }
            #expect(plans.map(\.text) == (UInt64(0)..<200).map { ChaosPlan(seed: $0).text })
            for fault in Fault.allCases {
                let share = plans.count { $0.faults.contains(fault) }
                #expect((60..<140).contains(share), "\(fault.rawValue) in \(share) of 200")
            }
            for deed in RandomWriter.Deed.allCases where deed != .create {
                let share = plans.count { $0.habits.weights.contains { $0.deed == deed && $0.weight > 0 } }
                #expect((40..<190).contains(share), "\(deed.rawValue) in \(share) of 200")
            }
            for system in FileSystem.allCases { #expect(plans.contains { $0.source == system }) }
        }

        @Test("a writer with every habit repeats itself and stays in its tree and its yard")
        func writerRepeats() throws {
            let temporary = try TemporaryTree()
            var trees: [DirectoryTree] = []
            for name in ["first", "second"] as [ByteString] {
                let tree = try temporary.directory(name + "/tree")
                var writer = RandomWriter(
                    tree, yard: try temporary.directory(name + "/yard"), habits: .swarm(seed: 3), seed: 3)
                writer.run(3000)
                trees.append(tree)
            }
            let kept: TreeComparison.Attributes = [.mode, .user, .group, .extended, .accessLists]
            #expect(try TreeComparison.differences(trees[0], trees[1], checking: kept) == [])
            #expect(try temporary.tree.names() == ["first", "second"])
            #expect(try temporary.tree.names("first") == ["tree", "yard"])
            #expect(try trees[0].count() > 20)
        }

        @Test("a writer with every habit can do everything that it is asked to", .needsCluster)
        func everyDeed() throws {
            let temporary = try TemporaryTree()
            var counts: [RandomWriter.Deed: Int] = [:]
            for seed in UInt64(1)...12 {
                let tree = try temporary.directory(ByteString("\(seed)/tree"))
                let yard = try temporary.directory(ByteString("\(seed)/yard"))
                var writer = RandomWriter(tree, yard: yard, habits: .swarm(seed: seed), seed: seed)
                writer.run(500)
                counts.merge(writer.counts) { $0 + $1 }
            }
            for deed in RandomWriter.Deed.allCases { #expect(counts[deed, default: 0] > 0, "\(deed.rawValue)") }
        }

        @Test("the comparison sees attributes, access lists, kinds of special files and times below the second")
        func comparisonSees() throws {
            let temporary = try TemporaryTree()
            let (left, right) = (try temporary.directory("left"), try temporary.directory("right"))
            for tree in [left, right] {
                for name in ["attribute", "list", "time", "stale"] as [ByteString] {
                    try tree.write(name, "12345")
                    try tree.setTime(name, seconds: 1_000_000_000)
                }
                try tree.makeDirectory("default")
            }
            try left.makeFifo("special")
            try right.write("special", "")
            let all: TreeComparison.Attributes = [.seconds, .nanoseconds, .extended, .accessLists]
            try right.setTime("time", seconds: 1_000_000_000, nanoseconds: 1)
            try right.setTime("stale", seconds: 1_000_000_000, nanoseconds: 1)
            try right.setAttribute("attribute", "user.lockstep", "value")
            try right.setAccess("list", users: [(2000, 4)])
            try right.setAccess("default", users: [(2000, 4)], isDefault: true)
            let found = try TreeComparison.differences(left, right, checking: all, stale: ["stale"])
            for name in ["attribute", "list", "time", "default", "special"] {
                #expect(found.contains { $0.hasPrefix("\"\(name)\"") }, "\(name) in \(found)")
            }
            #expect(found.count == 5, "\(found)")
        }

        @Test(
            "the length of the kernel's queue comes back, and only the program under test has the short one",
            .needsCluster)
        func queueLength() async throws {
            let setting = DirectoryTree("/proc/sys/fs/inotify")
            let before = try setting.read("max_queued_events")
            let temporary = try TemporaryTree()
            let source = try temporary.directory("source")
            let text = """
                settings{ nodaemon = true, stateDir = "\(temporary.path)/state", eventSource = "inotify" }
                sync{ default.rsync, source = "\(source.root)", target = "\(temporary.path)/target", delay = 1 }
                """
            try temporary.tree.makeDirectory("target")
            try temporary.tree.write("conf", ByteString(text))
            let lockstep = try await QueueLength.set(4) {
                try LockstepProcess(["lsyncd", temporary.tree.path("conf")])
            }
            #expect(try setting.read("max_queued_events") == before)
            try source.write("first", "")
            let target = DirectoryTree(temporary.tree.path("target"))
            try await Condition.wait(
                until: "the first file has arrived", state: { lockstep.errors },
                holds: { try target.status("first") != nil })
            lockstep.signal(SIGSTOP)
            for number in 0..<20 { try source.write(ByteString("f\(number)"), "") }
            lockstep.wake()
            try await Condition.wait(
                until: "the queue ran over", state: { lockstep.output + lockstep.errors },
                holds: { (lockstep.output + lockstep.errors).contains("the kernel's queue of events ran over") })
            try await Condition.wait(until: "everything has arrived") { try target.names().count == 21 }
            #expect(try await lockstep.stop() == .code(143))
        }
    }
}
