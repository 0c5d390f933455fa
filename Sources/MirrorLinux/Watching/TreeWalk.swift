import MirrorCore

/// Directories that are still to be listed, and the one that is being listed.
struct TreeWalk {
    enum Manner: Equatable {
        /// At the start: nothing is told.
        case silent
        /// A new directory: everything in it is told.
        case announce(moved: Bool)
        /// After a loss: only what was not known is told, and what is known and not there is looked for.
        case verify
    }

    struct Item {
        let node: NodeID
        let manner: Manner
    }

    /// A listing in progress; it stays right when its directory is renamed, since it has the directory open.
    final class Listing {
        let item: Item
        let stream: DirectoryStream
        var seen: Set<NodeID> = []

        init(_ item: Item, _ stream: DirectoryStream) {
            self.item = item
            self.stream = stream
        }
    }

    var listing: Listing?
    private var items: [Item] = []
    /// Items whose path does not lead to their directory just now.
    private var deferred: [Item] = []

    var isEmpty: Bool { listing == nil && items.isEmpty && deferred.isEmpty }
    /// Whether there is something to do before an event changes the paths.
    var canGoOn: Bool { listing != nil || !items.isEmpty }

    mutating func enqueue(_ node: NodeID, _ manner: Manner) { items.append(Item(node: node, manner: manner)) }

    /// The newest first: that keeps the list short.
    mutating func next() -> Item? { items.popLast() }

    /// What has been verified so far has to be verified again.
    mutating func dropVerification() {
        items.removeAll { $0.manner == .verify }
        deferred.removeAll { $0.manner == .verify }
        if listing?.item.manner == .verify { listing = nil }
    }

    mutating func putOff(_ item: Item) { deferred.append(item) }

    mutating func resumeDeferred() {
        items.append(contentsOf: deferred)
        deferred = []
    }
}
