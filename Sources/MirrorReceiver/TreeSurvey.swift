import Glibc
package import MirrorCore
import MirrorLinux
package import MirrorWire

/// Looks through a tree and keeps a digest of each directory. What can't be read, or is not to be trusted, has none,
/// and neither has any directory above it.
package struct TreeSurvey {
    package struct Rules {
        /// Not part of the tree.
        package var leavesOut: (RelativePath, FoundFile) -> Bool
        /// Of which size and time say too little.
        package var doubts: (Metadata) -> Bool
        /// Whether what lies below the directory is part of the tree.
        package var enters: (FoundFile) -> Bool

        package init(
            leavesOut: @escaping (RelativePath, FoundFile) -> Bool = { _, _ in false },
            doubts: @escaping (Metadata) -> Bool = { _ in false },
            enters: @escaping (FoundFile) -> Bool = { _ in true }
        ) {
            self.leavesOut = leavesOut
            self.doubts = doubts
            self.enters = enters
        }
    }

    /// Directories whose digests are kept; those beyond are compared name by name.
    private static let most = 2_000_000

    private let tree: BeneathTree
    private let preserving: Hello.Preserving
    private let rules: Rules
    private let progress: () -> Void
    package private(set) var digests: [RelativePath: TreeDigest] = [:]

    package init(
        _ tree: BeneathTree, _ preserving: Hello.Preserving, _ rules: Rules = Rules(),
        progress: @escaping () -> Void = {}
    ) {
        self.tree = tree
        self.preserving = preserving
        self.rules = rules
        self.progress = progress
    }

    /// Of a directory and each one below it.
    package mutating func look(at directory: RelativePath) -> TreeDigest? {
        progress()
        guard let digest = try? digest(of: directory) else { return nil }
        if digests.count < Self.most { digests[directory] = digest }
        return digest
    }

    private mutating func digest(of directory: RelativePath) throws(SystemCallError) -> TreeDigest? {
        var entries: [(name: ByteString, found: FoundFile, destination: ByteString?)] = []
        for name in try tree.names(directory) {
            let path = directory.appending(name.bytes)
            let place = try tree.place(path)
            guard var found = try place.found() else { continue }
            if rules.leavesOut(path, found) { continue }
            found.metadata.attributes = try ExtendedAttributes.read(place, preserving)
            let destination = found.metadata.kind == .symbolicLink ? try place.destination() : nil
            entries.append((name, found, destination))
        }
        var maker = TreeDigestMaker(preserving)
        var isSure = true
        for (name, found, destination) in entries {
            var inside: TreeDigest?
            if found.metadata.kind == .directory {
                inside =
                    rules.enters(found)
                    ? look(at: directory.appending(name.bytes)) : TreeDigestMaker(preserving).finished()
                if inside == nil { isSure = false }
            } else if found.metadata.kind == .regular, rules.doubts(found.metadata) {
                isSure = false
            }
            maker.add(name, found.metadata, destination: destination, inside: inside)
        }
        return isSure ? maker.finished() : nil
    }
}
