import MirrorCore
import MirrorTesting

/// Where the demonstration plays: a source, the places that follow it, and lockstep started for them.
struct Stage {
    /// For the heading.
    var title: String
    var source: DirectoryTree
    var places: [(name: String, tree: DirectoryTree)]
    /// What lockstep has written to its log.
    var log: () -> String
    /// The status file as it is.
    var status: () -> String
    var start: () throws -> LockstepProcess
    /// What a visitor gets through the balancer; nil where there is none.
    var visit: (() async throws -> [String])?
    var stop: () -> Void

    static func cluster() async throws -> Stage {
        say("Building the cluster: a master 10.0.1.10, web servers 10.0.1.11 to 10.0.1.13, nginx at 10.0.1.1,")
        say("each with its own address, sshd and /var/www/mariusv; no route leads out.")
        let cluster = try await Cluster(.articleWithBalancer)
        let servers = try await WebServers(for: cluster, sites: Examples.nginxByLag())
        let master = cluster.master
        let configuration = try Examples.lsyncd()
        try master.shared.write("lsyncd.conf", configuration)
        return Stage(
            title: "examples/lsyncd.conf, byte for byte, on \(master.address)",
            source: master.tree,
            places: cluster.others.map { ("\($0.name) \($0.address)", $0.tree) },
            log: { (try? master.namespace.tree("/var/log").read("lsyncd.log").description) ?? "" },
            status: { (try? master.namespace.tree("/tmp").read("lsyncd.status").description) ?? "" },
            start: {
                try master.startLockstep([
                    "run", "--http", ByteString("\(master.address):9180"), master.shared.path("lsyncd.conf"),
                ])
            },
            visit: {
                let pages = try await servers.answers("/", from: cluster, count: 8)
                let admin = try await servers.answers("/wp-admin/", from: cluster, count: 4)
                return [
                    "GET /           through 10.0.1.1 is answered by \(Set(pages).sorted().joined(separator: ", "))",
                    "GET /wp-admin/  through 10.0.1.1 is answered by \(Set(admin).sorted().joined(separator: ", "))",
                ] + (try await Outage(of: cluster.others[1], in: cluster, servers).lines())
            },
            stop: { cluster.stop() })
    }

    /// The article's file with directories in place of hosts.
    static func local() throws -> Stage {
        let temporary = try TemporaryTree()
        let names = ["master", "www-01", "www-02", "www-03"]
        let trees = try names.map { try temporary.directory(ByteString($0)) }
        let targets = trees.map { "  \"\($0.root)\",\n" }.joined()
        let text = """
            settings = {
               delay        = 1,
               maxProcesses = 5,
               statusFile   = "\(temporary.path)/lsyncd.status",
               logfile      = "\(temporary.path)/lsyncd.log",
               stateDir     = "\(temporary.path)/state",
            }
            targetlist = {
            \(targets)}
            for _, directory in ipairs(targetlist) do
              sync{ default.rsync, source="\(trees[0].root)", rsyncOpts="-rltvupgo", target=directory }
            end

            """
        try temporary.tree.write("lsyncd.conf", ByteString(text))
        return Stage(
            title: "the article's configuration with four directories of this machine",
            source: trees[0],
            places: zip(names, trees).dropFirst().map { ($0, $1) },
            log: { (try? temporary.tree.read("lsyncd.log").description) ?? "" },
            status: { (try? temporary.tree.read("lsyncd.status").description) ?? "" },
            start: { try LockstepProcess(["lsyncd", "-nodaemon", temporary.tree.path("lsyncd.conf")]) },
            visit: nil,
            stop: { withExtendedLifetime(temporary) {} })
    }
}
