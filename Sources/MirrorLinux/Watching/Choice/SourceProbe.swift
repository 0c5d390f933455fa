import MirrorCore

/// Finds out what can watch a source, and makes it. The only place that knows all kinds of sources.
enum SourceProbe {
    /// What is best for the source as it is now, or what `wish` asks for, where that can be had.
    static func choose(_ order: WatchOrder, wish: EventSourceKind?) -> (source: any EventSource, means: WatchMeans) {
        let inotify = { (reason: String) in
            (InotifySource(order) as any EventSource, WatchMeans(.inotify, because: reason))
        }
        switch wish {
        case .inotify: return inotify("the setting eventSource says so")
        case .scanning: return inotify("what the setting eventSource asks for is not in this version")
        case .fanotify, nil: break
        }
        if order.tellsHappenings {
            return inotify("functions are told what happened, one after the other, and fanotify joins events")
        }
        do throws(FanotifyObstacle) {
            let source = try FanotifySource(order)
            let reason = wish == nil ? "one mark covers its file system" : "the setting eventSource says so"
            return (source, WatchMeans(.fanotify, because: reason))
        } catch {
            return inotify("fanotify is not possible, since " + error.reason)
        }
    }
}
