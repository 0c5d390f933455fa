/// How often a random writer does what, and how large its files are.
package struct WriterHabits: Sendable {
    /// Deeds in a fixed order, since a seed means the same writer only then.
    package private(set) var weights: [(deed: RandomWriter.Deed, weight: Int)]
    package var largestFile = 5000
    /// One name of so many is one that a shell, a pattern or a decoder would trip over.
    package var oddNames = 8

    /// What people, editors and unpackers do, and no more.
    package static let plain = WriterHabits(weights: [
        (.create, 26), (.overwrite, 16), (.append, 10), (.renameFile, 8), (.replaceByRename, 6), (.makeDirectory, 8),
        (.renameDirectory, 3), (.removeFile, 8), (.removeTree, 2), (.makeLink, 4), (.changeType, 3), (.changeMode, 4),
        (.setTime, 2),
    ])

    /// A third of the operations are renames.
    package static let renaming = WriterHabits(weights: [
        (.create, 26), (.overwrite, 12), (.append, 8), (.renameFile, 25), (.replaceByRename, 5), (.makeDirectory, 6),
        (.renameDirectory, 4), (.removeFile, 8), (.removeTree, 1), (.makeLink, 2), (.changeMode, 3),
    ])

    private static let everything: [(deed: RandomWriter.Deed, weight: Int)] =
        plain.weights + [
            (.patch, 8), (.truncate, 4), (.writeMapped, 5), (.writeUnnamed, 5), (.exchangeFiles, 3),
            (.exchangeDirectories, 2), (.exchangeTypes, 2), (.linkForDirectory, 3), (.directoryForLink, 3),
            (.makeHardLink, 5), (.changeDirectoryMode, 3), (.changeOwner, 4), (.changeGroup, 3), (.setAttribute, 5),
            (.removeAttribute, 2), (.setAccess, 4), (.setDefaultAccess, 1), (.writeSparse, 2), (.makeFifo, 2),
            (.makeDevice, 1), (.deepen, 1), (.moveOut, 2), (.moveIn, 3), (.setModified, 2), (.setDirectoryTime, 2),
        ]

    /// Everything, but each kind of deed with a weight of its own, and absent in a third of the seeds: kinds that are
    /// always there hide each other's faults. `never`: what does not make sense where the writer is used.
    package static func swarm(seed: UInt64, never: Set<RandomWriter.Deed> = []) -> WriterHabits {
        var random = SeededGenerator(seed: seed &+ 77)
        var habits = WriterHabits(weights: [])
        for (deed, weight) in everything {
            let factor = [0, 0, 1, 2, 3, 8].randomElement(using: &random) ?? 0
            // A tree without files says nothing.
            let drawn = deed == .create ? max(factor, 2) : factor
            habits.weights.append((deed, never.contains(deed) ? 0 : weight * drawn))
        }
        // Holes are brought as zeros, and some thousand operations must not fill a target by themselves: its file
        // system is small, so that it can be filled on purpose.
        habits.largestFile = [100, 5000, 5000, 100_000, 200_000].randomElement(using: &random) ?? 5000
        habits.oddNames = [2, 8, 1000].randomElement(using: &random) ?? 8
        return habits
    }

    package func draw(using random: inout SeededGenerator) -> RandomWriter.Deed {
        var left = Int.random(in: 0..<weights.reduce(0) { $0 + $1.weight }, using: &random)
        for (deed, weight) in weights {
            left -= weight
            if left < 0 { return deed }
        }
        return .create
    }
}
