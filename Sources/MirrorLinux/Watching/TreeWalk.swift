import MirrorCore

/// Directories that are still to be listed, and those that are being listed: one, and below it the new directories that
/// were found, each opened once, watched and listed before its parent goes on.
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

    /// More are not open at a time.
    private static let depth = 32

    private var listings: [Listing] = []
    private var items: [Item] = []
    /// Items whose path does not lead to their directory just now.
    private var deferred: [Item] = []

    var listing: Listing? { listings.last }
    /// Whether a directory may be listed while its parent is.
    var hasRoom: Bool { listings.count < Self.depth }
    var isEmpty: Bool { listings.isEmpty && items.isEmpty && deferred.isEmpty }
    /// Whether there is something to do before an event changes the paths.
    var canGoOn: Bool { !listings.isEmpty || !items.isEmpty }

    mutating func enqueue(_ node: NodeID, _ manner: Manner) { items.append(Item(node: node, manner: manner)) }

    /// The newest first: that keeps the list short.
    mutating func next() -> Item? { items.popLast() }

    /// What has been verified so far has to be verified again.
    mutating func dropVerification() {
        items.removeAll { $0.manner == .verify }
        deferred.removeAll { $0.manner == .verify }
        listings.removeAll { $0.item.manner == .verify }
    }

    mutating func begin(_ listing: Listing) { listings.append(listing) }

    /// It is done.
    mutating func end(_ listing: Listing) { listings.removeAll { $0 === listing } }

    mutating func putOff(_ item: Item) { deferred.append(item) }

    mutating func resumeDeferred() {
        items.append(contentsOf: deferred)
        deferred = []
    }
}
