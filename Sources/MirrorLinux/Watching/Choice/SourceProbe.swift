import MirrorCore

/// Finds out what can watch a source, and makes it. The only place that knows all kinds of sources.
enum SourceProbe {
    /// What is best for the source as it is now, or what `wish` asks for, where that can be had.
    static func choose(_ order: WatchOrder, wish: EventSourceKind?) -> (source: any EventSource, means: WatchMeans) {
        let interval = order.rescan ?? ScanningSource.usualInterval
        if wish == .scanning {
            return (
                ScanningSource(order, interval: interval),
                WatchMeans(.scanning, because: "the setting eventSource says so")
            )
        }
        let kind = try? FileSystemKind.at(order.root.isEmpty ? "/" : order.root)
        if wish == nil, let kind, kind.isRemote {
            // What this machine does is told at once all the same.
            let source = RescannedSource(InotifySource(order), order, interval: interval, isNeeded: true)
            let reason = "what other machines or programs do on \(kind.name ?? "it") is not told by the kernel"
            return (source, WatchMeans(.scanning, because: reason))
        }
        let chosen = watcher(order, wish: wish)
        guard let rescan = order.rescan else { return chosen }
        return (RescannedSource(chosen.source, order, interval: rescan, isNeeded: false), chosen.means)
    }

    private static func watcher(
        _ order: WatchOrder, wish: EventSourceKind?
    ) -> (source: any EventSource, means: WatchMeans) {
        let inotify = { (reason: String) in
            (InotifySource(order) as any EventSource, WatchMeans(.inotify, because: reason))
        }
        if wish == .inotify { return inotify("the setting eventSource says so") }
        if order.tellsHappenings {
            return inotify("functions are told what happened, one after the other, and fanotify joins events")
        }
        do throws(FanotifyObstacle) {
            let source = try FanotifySource(order)
            let reason = wish == nil ? "one mark sees all directories, however many" : "the setting eventSource says so"
            return (source, WatchMeans(.fanotify, because: reason))
        } catch {
            return inotify("fanotify is not possible, since " + error.reason)
        }
    }
}
