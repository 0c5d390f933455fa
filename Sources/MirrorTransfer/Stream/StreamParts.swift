internal import CLinux
import Glibc
import MirrorCore
import MirrorReceiver
import MirrorWire

/// Names of files with several: which of them came first in a job, and which are known at all.
struct LinkedNames: Sendable {
    struct File: Hashable, Sendable {
        var device: UInt64
        var inode: UInt64

        init(_ found: FoundFile) { (device, inode) = (found.device, found.inode) }
        init(_ entry: ListedEntry) { (device, inode) = (entry.device, entry.inode) }
    }

    private struct First: Sendable {
        var path: RelativePath
        /// The file at the target, where it stays what it is.
        var theirs: File?
    }

    /// Beyond it nothing new is kept: a changed file may then leave another name behind until everything is compared.
    private static let most = 1_000_000

    private var first: [File: First] = [:]
    private var names: [File: [RelativePath]] = [:]
    private var count = 0

    mutating func beginJob() { first = [:] }

    /// The name that came first; the path itself where it is the first.
    mutating func first(of found: FoundFile, or path: RelativePath, theirs: File? = nil) -> RelativePath {
        let file = File(found)
        if count < Self.most, !names[file, default: []].contains(path) {
            names[file, default: []].append(path)
            count += 1
        }
        if let known = first[file] { return known.path }
        first[file] = First(path: path, theirs: theirs)
        return path
    }

    func known(_ found: FoundFile) -> RelativePath? { first[File(found)]?.path }

    func theirs(of found: FoundFile) -> File? { first[File(found)]?.theirs }

    mutating func forgetTheirs(of found: FoundFile) { first[File(found)]?.theirs = nil }

    /// They may have become names of something else.
    func others(of found: FoundFile, than path: RelativePath) -> [RelativePath] {
        (names[File(found)] ?? []).filter { $0 != path }
    }
}

/// A file of the source that is open, and what others have seen of it.
struct OpenContent {
    var path: RelativePath
    var descriptor: Int32
    var found: FoundFile
    var shared: SharedFile?
}

/// Where a file has data, as far as its file system tells.
struct HoleSkipping {
    private let descriptor: Int32
    private let isOn: Bool

    init(_ descriptor: Int32, isOn: Bool) {
        self.descriptor = descriptor
        self.isOn = isOn
    }

    /// The next data; nil where none is left.
    mutating func next(from offset: Int64, to size: Int64) -> Range<Int64>? {
        guard isOn else { return offset..<size }
        let begin = cl_seek_data(descriptor, offset)
        if begin == Int64(-ENXIO) { return nil }
        guard begin >= 0, begin < size else { return begin >= size ? nil : offset..<size }
        let end = cl_seek_hole(descriptor, begin)
        return begin..<(end > begin ? min(end, size) : size)
    }
}
