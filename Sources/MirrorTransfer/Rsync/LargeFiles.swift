package import MirrorCore
import MirrorLinux

/// Which changes of a batch are files above `batchSizeLimit`. It blocks.
package struct LargeFiles: Sendable {
    package private(set) var rest: [Change] = []
    package private(set) var large: [Change] = []

    package init(_ changes: [Change], in source: ByteString, limit: Int64?) {
        guard let limit else {
            rest = changes
            return
        }
        for change in changes {
            let facts = try? FileFacts.at(source + "/" + change.path.byteString)
            if let facts, facts.kind == .regular, facts.size > limit {
                large.append(change)
            } else {
                rest.append(change)
            }
        }
    }
}
