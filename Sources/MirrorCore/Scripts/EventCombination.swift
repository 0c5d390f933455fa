/// lsyncd's table: what becomes of a new event beside an older one that touches the same names.
package enum EventCombination {
    package enum Verdict: Sendable, Equatable {
        /// The older one stands for both.
        case absorb
        /// The new one takes the place of the older.
        case replace
        /// The new one waits for the older.
        case stack
        /// The new move becomes a deletion and a creation, and each is looked at for itself.
        case split
        /// The older move becomes the deletion of its origin, for which the new one waits.
        case undoMove
    }

    /// nil: they have nothing to do with each other.
    package static func verdict(old: QueuedEvent, new: ScriptEvent) -> Verdict? {
        if old.event.kind == .full || new.kind == .full { return nil }
        if old.event.kind.isBarrier { return .stack }
        if new.kind.isBarrier { return nil }
        switch (old.event.destination, new.destination) {
        case (nil, nil): return besidePath(old, new)
        case (let destination?, nil): return besideMove(old, to: destination, new)
        case (_, let destination?):
            return overlaps(old.event, new.path) || overlaps(old.event, destination) ? .split : nil
        }
    }

    private static func besidePath(_ old: QueuedEvent, _ new: ScriptEvent) -> Verdict? {
        guard old.event.path == new.path else { return overlaps(old.event, new.path) ? .stack : nil }
        // A file where a directory was, or the reverse, is another thing of the same name.
        if old.isBusy || old.event.isDirectory != new.isDirectory { return .stack }
        switch (old.event.kind, new.kind) {
        case (.delete, .create): return new.isDirectory ? .stack : .replace
        case (.attrib, .attrib), (.modify, .attrib), (.modify, .modify), (.delete, .delete): return .absorb
        case (.create, .attrib), (.create, .modify), (.create, .create): return .absorb
        case (.delete, .attrib), (.delete, .modify): return .absorb
        default: return .replace
        }
    }

    private static func besideMove(_ old: QueuedEvent, to destination: RelativePath, _ new: ScriptEvent) -> Verdict? {
        guard overlaps(old.event, new.path) else { return nil }
        let touchesOrigin = old.event.path.contains(new.path) || new.path.contains(old.event.path)
        guard !touchesOrigin, new.path == destination, !old.isBusy else { return .stack }
        return new.kind == .create || new.kind == .delete ? .undoMove : .stack
    }

    /// The same path, or one above the other.
    private static func overlaps(_ old: ScriptEvent, _ path: RelativePath) -> Bool {
        if old.path.contains(path) || path.contains(old.path) { return true }
        guard let destination = old.destination else { return false }
        return destination.contains(path) || path.contains(destination)
    }
}
