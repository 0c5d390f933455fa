import MirrorCore

/// Files of the source that nobody touches, so that nothing may ever take them away at a target that has them.
struct KeptFiles {
    static let top: ByteString = "kept"

    private static let names: [ByteString] = [
        "kept/one", "kept/two\n", "kept/deep/three", "kept/deep/er/four", "kept/deep/er/*",
    ]

    private var seen: Set<Int> = []
    private(set) var losses: [String] = []

    static func prepare(in source: DirectoryTree) throws {
        try source.makeDirectories("kept/deep/er")
        for name in names { try source.write(name, name) }
    }

    /// Looks once at every target that has had them all before.
    mutating func look(at targets: [ChaosStage.Target]) {
        for (number, target) in targets.enumerated() {
            let missing = Self.names.filter { (try? target.tree.status($0)) ?? nil == nil }
            if missing.isEmpty {
                seen.insert(number)
            } else if seen.remove(number) != nil {
                losses.append("\(target.name) has lost \(missing.map(\.description)), which nobody touched")
            }
        }
    }
}
