package import MirrorCore
import MirrorLinux

/// A few files of the source, to find out whether a target keeps times to the nanosecond. Where it does not (an old
/// file system, an old rsync, a copy once made by another program), an exact comparison of everything would take each
/// file for changed and read all of them on both sides.
package struct TimeSample: Sendable {
    package private(set) var paths: [RelativePath] = []

    private static let size = 24
    private static let fewest = 8
    private static let mostOfOneDirectory = 4
    private static let mostDirectories = 500

    /// Files whose time says something: with nanoseconds, and not of the last moments. It blocks.
    package init(of source: ByteString) {
        let newest = WallClock.now().seconds - Int64(RecentPaths.window.inSeconds)
        var open: [RelativePath] = [.root]
        var next = 0
        while next < open.count, next < Self.mostDirectories, paths.count < Self.size {
            let directory = open[next]
            next += 1
            let place = directory.isRoot ? source : source + "/" + directory.byteString
            guard let entries = try? Directory.entries(of: place) else { continue }
            var taken = 0
            for entry in entries {
                let path = directory.appending(entry.name.bytes)
                if entry.isDirectory { open.append(path) }
                guard !entry.isDirectory, taken < Self.mostOfOneDirectory, paths.count < Self.size,
                    let facts = try? FileFacts.at(source + "/" + path.byteString), facts.kind == .regular,
                    facts.modifiedNanoseconds != 0, facts.modifiedSeconds < newest
                else { continue }
                paths.append(path)
                taken += 1
            }
        }
    }

    /// What a rehearsal of these files, compared exactly, has printed. A target that keeps whole seconds differs in the
    /// time of all of them; a few that do may have been written a second time. Of a handful of files nothing follows.
    package func isCoarse(_ lines: [ByteString]) -> Bool {
        let differing = lines.count { line in
            let bytes = line.bytes
            // `<f..t...... name`: what, type, content, size, time.
            guard bytes.count > 11, bytes[0] == UInt8(ascii: "<") || bytes[0] == UInt8(ascii: ">") else { return false }
            return bytes[1] == UInt8(ascii: "f") && bytes[3] == UInt8(ascii: ".") && bytes[4] == UInt8(ascii: "t")
        }
        return paths.count >= Self.fewest && differing * 8 >= paths.count * 7
    }
}
