import MirrorCore

/// Puts a witness in front of /usr/bin/rsync on one machine: it writes every command line down and runs the real one.
package struct RsyncWitness: Sendable {
    private let directory: DirectoryTree

    package init(on node: ClusterNode) async throws {
        try node.shared.makeDirectory("witness")
        directory = DirectoryTree(node.shared.path("witness"))
        try directory.write("real", "", mode: 0o755)
        // Short lines appended with one write do not mix (write(2), O_APPEND).
        let script = """
            #!/bin/bash
            printf '%s\\n' "$*" >>'\(directory.root)/calls'
            exec '\(directory.root)/real' "$@"

            """
        try directory.write("rsync", ByteString(script), mode: 0o755)
        try await node.namespace.run(["mount", "--bind", "/usr/bin/rsync", directory.path("real")])
        try await node.namespace.run(["mount", "--bind", directory.path("rsync"), "/usr/bin/rsync"])
    }

    /// The words of each call in one line.
    package func calls() throws -> [String] {
        guard try directory.status("calls") != nil else { return [] }
        return try directory.read("calls").description.split(separator: "\n").map(String.init)
    }
}
