package import MirrorCore

/// What the sender wants done at the target. Orders are done in their order; each with a number is answered once.
package enum Order: Sendable, Equatable {
    case hello(Hello)
    /// A whole small file.
    case put(UInt32, RelativePath, Metadata, Conditions, content: [UInt8])
    /// A larger file comes in pieces, and takes its place with `commit`. One at a time.
    case begin(UInt32, RelativePath, Metadata, Conditions)
    case piece(offset: UInt64, content: [UInt8])
    /// The same bytes as in the file that stood there when its hashes were asked for.
    case keep(offset: UInt64, length: UInt64)
    case commit
    /// The file that was begun is not to be.
    case abandon
    case symbolicLink(UInt32, RelativePath, Metadata, Conditions, destination: ByteString)
    /// A fifo, a socket, a device.
    case special(UInt32, RelativePath, Metadata, Conditions)
    /// The second path becomes another name of the first.
    case hardLink(UInt32, existing: RelativePath, RelativePath, Conditions)
    /// Made where it is missing; its attributes come at the end of a job, by `attributes`.
    case directory(UInt32, RelativePath)
    /// Of what stands there, where it is of this kind.
    case attributes(UInt32, RelativePath, Metadata)
    case remove(UInt32, RelativePath, Removal)
    case rename(UInt32, from: RelativePath, RelativePath, Expectation)
    case list(UInt32, RelativePath)
    /// A digest of a directory with all that lies below; lists that follow have those of the directories in them.
    case survey(UInt32, RelativePath)
    /// What stands there.
    case look(UInt32, RelativePath)
    /// A hash of each block of the file that stands there.
    case hashes(UInt32, RelativePath, BlockRule)
    /// How many names stand there and below, counted up to a bound.
    case count(UInt32, RelativePath, atMost: UInt32)
    /// All that was done so far is to be on the disk.
    case store(UInt32)
    case ping(UInt32)

    package struct Conditions: OptionSet, Sendable, Equatable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// A directory in the way goes with all that is in it; without it only an empty one does.
        package static let clearsDirectory = Conditions(rawValue: 1)
        /// A file of this size and time has this content.
        package static let trustsTime = Conditions(rawValue: 2)
        /// Of a file in pieces: what stands there is still the file whose hashes were asked for, and parts of it are
        /// kept.
        package static let keepsBlocks = Conditions(rawValue: 4)
    }

    /// How a file is cut into blocks, and the seed of their hashes.
    package struct BlockRule: Sendable, Equatable {
        package var size: UInt32
        package var seed: UInt64

        package init(size: UInt32, seed: UInt64) {
            self.size = size
            self.seed = seed
        }
    }

    package struct Removal: OptionSet, Sendable, Equatable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// What is no directory.
        package static let file = Removal(rawValue: 1)
        package static let emptyDirectory = Removal(rawValue: 2)
        package static let tree = Removal(rawValue: 4)
    }

    /// What has to stand under the old name.
    package enum Expectation: Sendable, Equatable {
        /// A file of this size and time.
        case file(Metadata)
        case anyFile
        /// And nothing under the new name.
        case directory
    }

    /// Nil where no answer comes.
    package var number: UInt32? {
        switch self {
        case .hello, .piece, .keep, .commit, .abandon: nil
        case .put(let id, _, _, _, _), .begin(let id, _, _, _), .symbolicLink(let id, _, _, _, _),
            .special(let id, _, _, _), .hardLink(let id, _, _, _), .directory(let id, _), .attributes(let id, _, _),
            .remove(let id, _, _), .rename(let id, _, _, _), .list(let id, _), .survey(let id, _), .look(let id, _),
            .hashes(let id, _, _), .count(let id, _, _), .store(let id), .ping(let id):
            id
        }
    }
}
