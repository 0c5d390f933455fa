/// The ways to learn what changes below a source; the raw values are their names in the configuration.
package enum EventSourceKind: String, Sendable, CaseIterable {
    /// One mark on the whole file system; see fanotify(7).
    case fanotify
    /// A watch on every directory; see inotify(7).
    case inotify
    /// The tree is walked again and again.
    case scanning = "scan"
}

/// What watches a source, and why it is that.
package struct WatchMeans: Sendable, Equatable {
    package var kind: EventSourceKind
    /// The end of a sentence: "watched by inotify: " and this.
    package var reason: String

    package init(_ kind: EventSourceKind, because reason: String) {
        self.kind = kind
        self.reason = reason
    }
}
