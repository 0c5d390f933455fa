package import MirrorCore

/// A file system of its own for one tree, made on one machine of a cluster and gone with it, also after a crash: the
/// mount lives in that machine's namespace, and a loop device lets go of its file with the mount.
package enum FileSystem: String, Sendable, CaseIterable {
    case tmpfs, ext4, xfs, btrfs, overlay

    /// nil where it can be made here; else why not.
    package static func obstacle(to system: FileSystem, on node: ClusterNode) async -> String? {
        do {
            try await node.namespace.run(["mkdir", "-p", "/run/trial"])
            try await system.mount(at: "/run/trial", on: node)
            try await node.namespace.run(["umount", "/run/trial"])
            return nil
        } catch {
            return "\(system.rawValue) can't be made here: \(error)"
        }
    }

    /// Over a directory that is there.
    package func mount(at place: ByteString, on node: ClusterNode) async throws {
        let image = node.shared.path(ByteString("\(rawValue)-") + ByteString(place.bytes.filter { $0 != 0x2f }))
        let words: [ByteString] = ["bash", "-ec", ByteString(script), "mount", place, image]
        try await node.namespace.run(words)
    }

    /// `$1` the place, `$2` a path for what the file system stands on. The sizes are small enough to be filled; that of
    /// XFS is the smallest that its mkfs makes.
    var script: String {
        switch self {
        case .tmpfs: "mount -t tmpfs -o size=160m chaos \"$1\""
        case .ext4: "truncate -s 192M \"$2\"; mkfs.ext4 -q -F -O has_journal \"$2\"; mount -o loop \"$2\" \"$1\""
        case .xfs: "truncate -s 300M \"$2\"; mkfs.xfs -q -f \"$2\"; mount -o loop \"$2\" \"$1\""
        case .btrfs: "truncate -s 256M \"$2\"; mkfs.btrfs -q -f \"$2\"; mount -o loop \"$2\" \"$1\""
        case .overlay:
            // Something lies in the lower tree already, so that writing means copying up; not the same on two machines.
            """
            mkdir "$2"; mount -t tmpfs -o size=160m chaos "$2"; cd "$2"; mkdir -p lower/mariusv/below upper work
            for number in $(seq 40); do
              file="lower/mariusv/below/file $number"
              echo "$2 $number" >"$file"
              touch -d "@$(cksum <<<"$2 $number" | cut -d" " -f1)" "$file"
            done
            mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work chaos "$1"
            """
        }
    }
}

extension FileSystem {
    /// Files in memory take no more than what is written to them.
    var largeScript: String {
        var large = ""
        var digits = ""
        // Each size of the script times eight.
        for character in script {
            if character.isWholeNumber {
                digits.append(character)
            } else {
                let isSize = digits.count == 3 && (character == "m" || character == "M")
                large += isSize ? "\((Int(digits) ?? 0) * 8)" : digits
                digits = ""
                large.append(character)
            }
        }
        return large.replacing("-O has_journal", with: "-O has_journal -N 400000")
    }

    /// Those that can be made here. `tell` gets a sentence for each other one.
    package static func available(tell: (String) -> Void) async throws -> [FileSystem] {
        let cluster = try await Cluster(ClusterLayout(machines: [.init(name: "trial", address: "10.0.1.10")]))
        defer { cluster.stop() }
        var found: [FileSystem] = []
        for system in allCases {
            if let obstacle = await obstacle(to: system, on: cluster.master) {
                tell("skipped: \(obstacle)")
            } else {
                found.append(system)
            }
        }
        return found
    }
}
