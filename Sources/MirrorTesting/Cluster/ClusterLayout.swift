import MirrorCore

/// Which machines a cluster has.
package struct ClusterLayout: Sendable {
    package struct Machine: Sendable, Equatable {
        package var name: String
        package var address: String
        /// Size of the file system that holds the tree, in KiB; nil for as much as it needs.
        package var treeSize: Int?

        package init(name: String, address: String, treeSize: Int? = nil) {
            self.name = name
            self.address = address
            self.treeSize = treeSize
        }
    }

    /// The first is the master: it can log in to all others and to itself.
    package var machines: [Machine]
    /// A machine of its own in front of them, with examples/nginx.conf, if web servers are wanted.
    package var balancer: Machine?

    package init(machines: [Machine], balancer: Machine? = nil) {
        self.machines = machines
        self.balancer = balancer
    }

    /// The article's: one master, three web servers, and nginx in front.
    package static let article = ClusterLayout(
        machines: [
            Machine(name: "master", address: "10.0.1.10"), Machine(name: "www-01", address: "10.0.1.11"),
            Machine(name: "www-02", address: "10.0.1.12"), Machine(name: "www-03", address: "10.0.1.13"),
        ])

    package static let articleWithBalancer = ClusterLayout(
        machines: article.machines, balancer: Machine(name: "balancer", address: "10.0.1.1"))
}
