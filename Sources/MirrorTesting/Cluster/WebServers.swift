package import MirrorCore

/// nginx on every machine of a cluster, serving the tree, and on the balancer with a given configuration for its sites.
package final class WebServers: Sendable {
    private let servers: [(name: String, process: ChildProcess)]

    /// `sites` is included byte for byte in the balancer's `http` block.
    package init(for cluster: Cluster, sites: ByteString) async throws {
        var servers: [(name: String, process: ChildProcess)] = []
        for node in cluster.nodes {
            servers.append((node.name, try Self.start(on: node, http: Self.site(of: node))))
        }
        if let balancer = cluster.balancer {
            try balancer.shared.write("sites.conf", sites)
            let http = "include \(balancer.shared.path("sites.conf"));"
            servers.append((balancer.name, try Self.start(on: balancer, http: http)))
        }
        self.servers = servers
        for node in cluster.nodes + [cluster.balancer].compactMap({ $0 }) {
            try await Condition.wait(
                until: "nginx answers on \(node.name)", deadline: .seconds(20),
                state: { servers.map(\.process.errorText).joined() },
                holds: { (try? await Self.get("/", from: node.address, host: "any", on: node)) != nil })
        }
    }

    deinit {
        for server in servers { ProcessTree.killAll(under: server.process.identifier) }
    }

    /// nginx on this machine ends, and nobody answers there.
    package func stop(_ name: String) {
        for server in servers where server.name == name { ProcessTree.killAll(under: server.process.identifier) }
    }

    /// The answer to one request as text, asked from inside `node`; bash is enough of a client.
    package static func get(_ path: String, from address: String, host: String, on node: ClusterNode) async throws
        -> String
    {
        let script = """
            exec 3<>"/dev/tcp/$1/80"
            printf 'GET %s HTTP/1.0\\r\\nHost: %s\\r\\nConnection: close\\r\\n\\r\\n' "$2" "$3" >&3
            cat <&3
            """
        return try await node.namespace.run(
            ["bash", "-c", ByteString(script), "get", ByteString(address), ByteString(path), ByteString(host)])
    }

    /// Which machines have answered `count` requests to the balancer.
    package func answers(_ path: String, from cluster: Cluster, count: Int) async throws -> [String] {
        guard let balancer = cluster.balancer else { return [] }
        var names: [String] = []
        for _ in 0..<count {
            let answer = try await Self.get(path, from: balancer.address, host: "www.mariusv.com", on: balancer)
            let line = answer.split(whereSeparator: \.isNewline).first { $0.hasPrefix("X-Served-By: ") }
            names.append(String(line?.dropFirst("X-Served-By: ".count) ?? "nobody"))
        }
        return names
    }

    /// The header tells which machine has answered, which a browser would not see.
    private static func site(of node: ClusterNode) -> String {
        """
        server {
          listen 80 default_server;
          root /var/www/mariusv;
          index index.html;
          add_header X-Served-By \(node.name) always;
        }
        """
    }

    private static func start(on node: ClusterNode, http: String) throws -> ChildProcess {
        let text = """
            user root;
            daemon off;
            worker_processes 1;
            pid /run/nginx.pid;
            error_log stderr;
            events { worker_connections 512; }
            http {
              access_log off;
              include /etc/nginx/mime.types;
              client_body_temp_path /tmp/nginx-body;
              proxy_temp_path /tmp/nginx-proxy;
              fastcgi_temp_path /tmp/nginx-fastcgi;
              uwsgi_temp_path /tmp/nginx-uwsgi;
              scgi_temp_path /tmp/nginx-scgi;
              \(http)
            }

            """
        try node.shared.write("nginx.conf", ByteString(text))
        return try node.namespace.start(["nginx", "-c", node.shared.path("nginx.conf")])
    }
}
