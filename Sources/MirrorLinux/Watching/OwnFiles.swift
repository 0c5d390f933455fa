import MirrorCore

/// Files of this program inside a source (log, status, state), which are no changes: neither they, nor what stands in
/// their place until a rename, nor anything below them.
struct OwnFiles {
    private let paths: Set<RelativePath>
    /// Their last components: most names need no look at a whole path.
    private let names: Set<[UInt8]>

    /// `files` are absolute; those outside the root do not matter.
    init(_ files: [ByteString], below root: ByteString) {
        var paths: Set<RelativePath> = []
        for file in files where file.hasPrefix(root + "/") {
            guard let path = RelativePath(file.bytes.dropFirst(root.count)), let parent = path.parent else { continue }
            paths.insert(path)
            paths.insert(parent.appending(ReplaceableFile.temporaryName(for: path.name).bytes))
        }
        self.paths = paths
        names = Set(paths.map(\.name.bytes))
    }

    func contains(_ name: [UInt8], in directory: @autoclosure () -> RelativePath?) -> Bool {
        guard names.contains(name), let directory = directory() else { return false }
        return paths.contains(directory.appending(name))
    }
}
