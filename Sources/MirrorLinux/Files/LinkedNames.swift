package import MirrorCore

extension FoundNames {
    /// Every name of these files below a directory; nil where there are more than `limit`. It blocks for as long as it
    /// takes to look at every file there.
    package static func search(
        below root: ByteString, for files: [FileIdentity], limit: Int
    ) -> [FoundNames]? {
        var found = Dictionary(uniqueKeysWithValues: files.map { ($0, [RelativePath]()) })
        var (left, count) = ([RelativePath.root], 0)
        while let directory = left.popLast() {
            let place = directory.isRoot ? root + "/" : root + "/" + directory.byteString
            // What can't be read is told by the transfers that meet it.
            for entry in (try? Directory.entries(of: place)) ?? [] {
                let path = directory.appending(entry.name.bytes)
                if entry.isDirectory {
                    left.append(path)
                } else if let facts = try? FileFacts.at(root + "/" + path.byteString), facts.links > 1,
                    facts.kind == .regular,
                    found[FileIdentity(device: facts.device, inode: facts.inode)]?.append(path) != nil
                {
                    count += 1
                    if count > limit { return nil }
                }
            }
        }
        return found.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }.map {
            FoundNames($0.key, $0.value.sorted())
        }
    }
}
