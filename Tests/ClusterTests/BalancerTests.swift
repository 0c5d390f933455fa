import MirrorCore
import MirrorLinux
import MirrorTesting
import Testing

extension ClusterTests {
    /// Debian's nginx and HAProxy in front of the cluster, with the project's examples as they are.
    @Suite("a load balancer leaves out who lags, and takes it back", .serialized)
    struct BalancerTests {
        /// What the examples allow, and what it may take until a balancer has acted on it.
        private static let limit = 3.0
        private static let reaction = 2.0
        private static let health = "/targets/10.0.1.12?max_lag=3s"

        @Test(
            "nginx and HAProxy, under load: out and in within two seconds, and nobody reads what is older",
            .needsCluster)
        func outAndIn() async throws {
            let scene = try await Scene()
            defer { scene.stop() }
            let visitors = scene.visitors
            for door in Scene.doors {
                try await scene.wait("all are asked through \(door.name)") {
                    let last = try visitors.visits(to: door.name).suffix(100)
                    return Set(last.filter { ($0.stamp ?? 0) > 1 }.map(\.server)).count == 4
                }
            }
            let slow = scene.cluster.others[1]
            slow.sshd.stop()
            try await scene.wait("\(slow.name) is behind for a while") {
                let last = try visitors.health()
                guard let end = last.last, let good = last.last(where: { $0.status == 200 }) else { return false }
                return end.at - good.at > 4
            }
            try await slow.sshd.start()
            try await scene.wait("\(slow.name) is back for a while") {
                let last = try visitors.health().suffix(60)
                return last.count == 60 && last.allSatisfy { $0.status == 200 }
            }
            for door in Scene.doors {
                try await scene.wait("\(slow.name) is asked again through \(door.name)") {
                    try visitors.visits(to: door.name).suffix(50).contains { $0.server == slow.name }
                }
            }
            visitors.stop()
            for door in Scene.doors { try judge(door.name, visitors, slow: slow.name) }
        }

        /// From the books alone.
        private func judge(_ door: String, _ visitors: Visitors, slow: String) throws {
            let (visits, stamps, spells) = (try visitors.visits(to: door), try visitors.stamps(), try spells(visitors))
            #expect(visits.count > 100)
            let refused = visits.filter { $0.status != 200 }
            #expect(refused.isEmpty, "\(door): \(refused.count) of \(visits.count) visits failed, \(refused.prefix(3))")
            let ages = visits.map { visitors.age(of: $0, stamps) }
            let oldest = ages.max() ?? 0
            #expect(oldest <= Self.limit + Self.reaction, "\(door) showed what was \(oldest) s old")
            for spell in spells {
                let itsVisits = visits.filter { $0.server == slow && $0.at >= spell.begin && $0.at < spell.end }
                if spell.isGood, spell.end - spell.begin > Self.reaction + 0.5 {
                    let first = itsVisits.first.map { $0.at - spell.begin } ?? .infinity
                    #expect(first <= Self.reaction, "\(door): back in after \(first) s")
                } else if !spell.isGood {
                    let last = itsVisits.last.map { $0.at - spell.begin } ?? 0
                    #expect(last <= Self.reaction, "\(door): out after \(last) s")
                }
            }
            let bad = spells.filter { !$0.isGood }.map { $0.end - $0.begin }.max() ?? 0
            #expect(bad > 3, "\(slow) was never behind for long")
            print("\(door): \(visits.count) visits, the oldest content was \(oldest) s behind")
        }

        /// Times in which the health of the slow server was told the same.
        private func spells(_ visitors: Visitors) throws -> [(isGood: Bool, begin: Double, end: Double)] {
            var spells: [(isGood: Bool, begin: Double, end: Double)] = []
            for look in try visitors.health() where look.status != 0 {
                let isGood = look.status == 200
                if spells.last?.isGood != isGood { spells.append((isGood, look.at, look.at)) }
                spells[spells.count - 1].end = look.at
            }
            return spells
        }

        @Test("a web server that is dead, and a lockstep that is gone, cost no visitor an answer", .needsCluster)
        func deadServers() async throws {
            let scene = try await Scene()
            defer { scene.stop() }
            let visitors = scene.visitors
            try await scene.wait("all are asked") {
                try Scene.doors.allSatisfy { Set(try visitors.visits(to: $0.name).map(\.server)).count == 4 }
            }
            scene.servers.stop("www-03")
            try await scene.waitForVisits(100) { $0.server != "www-03" }
            try await scene.lockstep.stop()
            try await scene.waitForVisits(50) { $0.server == "master" }
            visitors.stop()
            for door in Scene.doors {
                let refused = try visitors.visits(to: door.name).filter { $0.status != 200 }
                // A connection that broke in the middle of its answer is nobody's to repeat.
                #expect(refused.count <= 2, "\(door.name): \(refused)")
            }
        }

        @Test("what writes goes to the master, also what the article forgot", .needsCluster)
        func writers() async throws {
            let scene = try await Scene()
            defer { scene.stop() }
            let paths = [
                "/wp-admin/", "/wp-admin", "/wp-login.php", "/wp-json/wp/v2/posts", "/xmlrpc.php", "/wp-cron.php?a=1",
                "/?rest_route=/wp/v2/posts",
            ]
            let balancer = try #require(scene.cluster.balancer)
            for door in Scene.doors {
                for path in paths {
                    for _ in 0..<4 {
                        let server = try await scene.server(of: "GET", path, door.port, on: balancer)
                        #expect(server == "master", "\(path) through \(door.name)")
                    }
                }
                for _ in 0..<4 {
                    #expect(try await scene.server(of: "POST", "/", door.port, on: balancer) == "master")
                }
            }
        }
    }

    /// The cluster, lockstep on its master, both balancers on the balancing machine, and visitors.
    struct Scene {
        static let doors = [(name: "nginx", port: 80), (name: "haproxy", port: 8080)]
        let cluster: Cluster
        let servers: WebServers
        let lockstep: LockstepProcess
        let haproxy: ChildProcess
        let visitors: Visitors

        init() async throws {
            let article = try await Article(.articleWithBalancer)
            cluster = article.cluster
            try cluster.master.tree.write("index.html", "<p>hello\n")
            try cluster.master.tree.write("stamp.txt", "1.0\n")
            lockstep = try cluster.master.startLockstep(["run", "--http", "10.0.1.10:9180", article.configuration])
            servers = try await WebServers(for: cluster, sites: try Examples.nginxByLag())
            guard let balancer = cluster.balancer else { throw FixtureError("no balancer") }
            let text = try Examples.haproxy().description.replacing("bind :80", with: "bind :8080")
            try balancer.shared.write("haproxy.cfg", ByteString(text))
            haproxy = try balancer.namespace.start(["haproxy", "-db", "-f", balancer.shared.path("haproxy.cfg")])
            try await article.waitUntilEqual()
            visitors = try Visitors(
                in: cluster, doors: Self.doors, health: "/targets/10.0.1.12?max_lag=3s", port: 9180)
        }

        func stop() {
            visitors.stop()
            haproxy.signal(9)
            cluster.stop()
        }

        func wait(_ what: String, _ holds: () throws -> Bool) async throws {
            try await Condition.wait(
                until: what, deadline: .seconds(120), interval: .milliseconds(200),
                state: {
                    "\((try? visitors.health().suffix(3)) ?? [])\n\(lockstep.output.suffix(2000))\(lockstep.errors)"
                        + haproxy.errorText
                },
                holds: holds)
        }

        func waitForVisits(_ count: Int, _ isWanted: (Visitors.Visit) -> Bool) async throws {
            try await wait("the last \(count) visits are as wanted") {
                try Self.doors.allSatisfy { door in
                    let last = try visitors.visits(to: door.name).suffix(count)
                    return last.count == count && last.allSatisfy(isWanted)
                }
            }
        }

        func server(of method: String, _ path: String, _ port: Int, on balancer: ClusterNode) async throws -> String {
            let script = """
                exec 3<>"/dev/tcp/$1/$2"
                printf '%s %s HTTP/1.0\\r\\nHost: www.mariusv.com\\r\\n\\r\\n' "$3" "$4" >&3
                cat <&3
                """
            let answer = try await balancer.namespace.run([
                "bash", "-c", ByteString(script), "ask", ByteString(balancer.address), ByteString("\(port)"),
                ByteString(method), ByteString(path),
            ])
            let line = answer.split(whereSeparator: \.isNewline).first { $0.lowercased().hasPrefix("x-served-by: ") }
            return String(line?.dropFirst("X-Served-By: ".count) ?? "nobody")
        }
    }
}
