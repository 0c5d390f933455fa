import MirrorCore

/// Finds out what can watch a source, and makes it. The only place that knows all kinds of sources.
enum SourceProbe {
    /// What is best for the source as it is now, or what `wish` asks for, where that can be had.
    static func means(for order: WatchOrder, wish: EventSourceKind?) -> WatchMeans {
        switch wish {
        case .inotify: WatchMeans(.inotify, because: "the setting eventSource says so")
        case .fanotify, .scanning:
            WatchMeans(.inotify, because: "what the setting eventSource asks for is not in this version")
        case nil: WatchMeans(.inotify, because: "every file system of this machine tells its changes that way")
        }
    }

    static func make(_ kind: EventSourceKind, _ order: WatchOrder) -> any EventSource {
        switch kind {
        case .inotify: InotifySource(order)
        case .fanotify, .scanning: preconditionFailure("`means` never answers that")
        }
    }
}
