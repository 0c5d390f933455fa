import Glibc
package import MirrorCore

/// Does to a tree what people, editors, unpackers and hostile scripts do, in an order drawn from a seed. It never
/// follows a link and never leaves the tree, but for a yard beside it where it is given one.
package struct RandomWriter: Sendable {
    package enum Deed: String, Sendable, CaseIterable {
        case create, overwrite, append, renameFile, replaceByRename, makeDirectory, renameDirectory, removeFile
        case removeTree, makeLink, changeType, changeMode, setTime
        /// In place: some bytes in the middle, a shorter or longer end, through a mapping.
        case patch, truncate, writeMapped
        /// O_TMPFILE and linkat.
        case writeUnnamed
        case exchangeFiles, exchangeDirectories
        /// A file and a directory change places.
        case exchangeTypes
        /// A symbolic link takes a directory's place, and the directory gets another name; and back.
        case linkForDirectory, directoryForLink
        case makeHardLink, changeDirectoryMode, changeOwner, changeGroup, setAttribute, removeAttribute
        case setAccess, setDefaultAccess, writeSparse, makeFifo, makeDevice
        /// A chain of directories.
        case deepen
        /// Out of the tree and into it.
        case moveOut, moveIn
        /// Times that are set without anything else: that of modification alone, and a directory's.
        case setModified, setDirectoryTime
    }

    let tree: DirectoryTree
    let yard: DirectoryTree?
    let habits: WriterHabits
    var random: SeededGenerator
    var known = KnownNames()
    /// What lies in the yard.
    var away: [ByteString] = []
    /// What the current operation works on.
    var drawn: [ByteString] = []
    var counter = 0
    /// How many operations of each kind have changed something.
    package private(set) var counts: [Deed: Int] = [:]
    package private(set) var performed = 0

    /// `yard`: a directory of the same file system, beside the tree, for what is moved out of it.
    package init(_ tree: DirectoryTree, yard: DirectoryTree? = nil, habits: WriterHabits = .plain, seed: UInt64) {
        self.tree = tree
        self.yard = yard
        self.habits = habits
        random = SeededGenerator(seed: seed)
    }

    /// Files that were changed through another of their names since anything happened to this one. No watcher is told
    /// of that (inotify(7) and fanotify(7) report the name that was used), so a mirror may keep them as they were.
    package var unnoticed: Set<ByteString> { known.unnoticed }

    /// Performs `count` operations as fast as it can. What can't be done, since it meets a name of another type for
    /// instance, is skipped and not counted.
    package mutating func run(_ count: Int) {
        let end = performed + count
        while performed < end { step() }
    }

    /// Performs `count` operations, evenly over `time`; where they take longer than that, as fast as it can.
    package mutating func run(_ count: Int, over time: Duration) async throws {
        let clock = ContinuousClock()
        let (began, first) = (clock.now, performed)
        while performed < first + count {
            let share = Double(performed - first) / Double(count)
            try await clock.sleep(until: began + .milliseconds(Int(time.inSeconds * 1000 * share)))
            step()
        }
    }

    /// One operation.
    package mutating func step() {
        drawn.removeAll(keepingCapacity: true)
        let deed = habits.draw(using: &random)
        do {
            try perform(deed)
            performed += 1
            counts[deed, default: 0] += 1
        } catch {
            // The lists hold what was there once; a tree that was removed takes many names with it.
            forgetMissing()
        }
    }

    private mutating func perform(_ deed: Deed) throws {
        switch deed {
        case .create: try create(newPath())
        case .overwrite: try change(any(known.files)) { try $0.write($1, $2) }
        case .append: try change(any(known.files)) { try $0.append($1, $2) }
        case .renameFile: try renameFile()
        case .replaceByRename: try replaceByRename()
        case .makeDirectory: try makeDirectory(newPath())
        case .renameDirectory: try renameDirectory()
        case .removeFile: try removeFile()
        case .removeTree: try removeTree()
        case .makeLink: try makeLink(newPath())
        case .changeType: try changeType()
        case .changeMode, .changeOwner, .changeGroup, .setTime, .setModified, .setAttribute, .removeAttribute,
            .setAccess:
            try changeAttributes(deed)
        case .changeDirectoryMode, .setDefaultAccess, .setDirectoryTime: try changeDirectory(deed)
        case .patch, .truncate, .writeMapped: try changeInPlace(deed)
        case .writeUnnamed, .writeSparse, .makeFifo, .makeDevice: try createOther(deed)
        case .exchangeFiles, .exchangeDirectories, .exchangeTypes: try exchange(deed)
        case .linkForDirectory: try linkForDirectory()
        case .directoryForLink: try directoryForLink()
        case .makeHardLink: try makeHardLink()
        case .deepen: try deepen()
        case .moveOut: try moveOut()
        case .moveIn: try moveIn()
        }
    }
}
