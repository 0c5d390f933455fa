import MirrorCore

/// What visitors get through a balancer while the master writes: one program writes the time into a file of the site,
/// over and over, others ask for that file, and for the health of a web server. All of them keep books, which are
/// compared afterwards, so that no verdict depends on when the test itself was awake.
package final class Visitors: Sendable {
    package struct Visit: Sendable {
        /// When it was asked, in seconds since 1970.
        package var at: Double
        /// Of the answer; 0 where there was none.
        package var status: Int
        package var server: String
        /// The time that the file held; nil for one that was just being written.
        package var stamp: Double?
    }

    private static let prelude = """
        exec 9<> <(:)
        ask() {
          at=$EPOCHREALTIME status=0 by=- stamp=-
          { exec 3<>"/dev/tcp/$1/$2"; } 2>/dev/null || return
          printf 'GET %s HTTP/1.0\\r\\nHost: www.mariusv.com\\r\\n\\r\\n' "$3" >&3
          while IFS= read -t 10 -r line <&3 || [ -n "$line" ]; do
            line=${line%$'\\r'}
            case $line in
              HTTP/1.?" "*) status=${line:9:3} ;;
              [Xx]-[Ss]erved-[Bb]y:*) by=${line#*: } ;;
              [0-9]*.[0-9]*) stamp=$line ;;
            esac
          done
          exec 3>&-
        }

        """

    private let running: [ChildProcess]
    private let writer: DirectoryTree
    private let reader: DirectoryTree

    /// `doors`: name and port of each balancer on the cluster's balancing machine. `health` is asked at the master.
    package init(in cluster: Cluster, doors: [(name: String, port: Int)], health: String, port: Int) throws {
        guard let balancer = cluster.balancer else { throw FixtureError("the cluster has no balancer") }
        let master = cluster.master
        writer = master.shared
        reader = balancer.shared
        var running = [
            try Self.start(
                on: master,
                """
                while :; do
                  now=$EPOCHREALTIME
                  echo "$now" >/var/www/mariusv/stamp.txt
                  echo "$now" >>\(writer.path("stamps"))
                  read -t 0.05 -u 9
                done
                """)
        ]
        for door in doors {
            running.append(
                try Self.start(
                    on: balancer,
                    """
                    while :; do
                      ask \(balancer.address) \(door.port) /stamp.txt
                      echo "$at $status $by $stamp" >>\(reader.path(ByteString(door.name)))
                      read -t 0.02 -u 9
                    done
                    """))
        }
        running.append(
            try Self.start(
                on: balancer,
                """
                while :; do
                  ask \(master.address) \(port) '\(health)'
                  echo "$at $status - -" >>\(reader.path("health"))
                  read -t 0.05 -u 9
                done
                """))
        self.running = running
    }

    deinit { stop() }

    package func stop() { for process in running { ProcessTree.killAll(under: process.identifier) } }

    package func visits(to door: String) throws -> [Visit] { try Self.book(reader, ByteString(door)) }

    /// What the health was, in time.
    package func health() throws -> [Visit] { try Self.book(reader, "health") }

    /// How old what the visitor got was already when he asked: since when there was something newer.
    package func age(of visit: Visit, _ stamps: [Double]) -> Double {
        guard let stamp = visit.stamp, let next = stamps.first(where: { $0 > stamp }) else { return 0 }
        return max(visit.at - next, 0)
    }

    /// All times that were written, in their order.
    package func stamps() throws -> [Double] {
        try writer.read("stamps").description.split(separator: "\n").dropLast().compactMap { Double($0) }
    }

    private static func start(on node: ClusterNode, _ script: String) throws -> ChildProcess {
        try node.namespace.start(["bash", "-c", ByteString(prelude + script)])
    }

    private static func book(_ tree: DirectoryTree, _ name: ByteString) throws -> [Visit] {
        guard try tree.status(name) != nil else { return [] }
        // The last line may be half written.
        return try tree.read(name).description.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            .compactMap { line in
                let words = line.split(separator: " ")
                guard words.count == 4, let at = Double(words[0]), let status = Int(words[1]) else { return nil }
                return Visit(at: at, status: status, server: String(words[2]), stamp: Double(words[3]))
            }
    }
}
