/// What is left out of a sync: `filters` in order, first match decides; then `excludes`.
package struct Patterns: Sendable, Equatable {
    package var filters: [FilterRule]
    package var excludes: [ByteString]

    package init(_ sync: SyncSettings) {
        filters = sync.filters
        excludes = sync.excludes
    }

    package var matcher: PathMatcher { PathMatcher(filters: filters, excludes: excludes) }

    /// Nothing happens where a step is about something else.
    package mutating func take(_ step: HookStep) {
        switch step {
        case .addExclude(_, let pattern): if !excludes.contains(pattern) { excludes.append(pattern) }
        case .removeExclude(_, let pattern): excludes.removeAll { $0 == pattern }
        case .addFilter(_, let rule): filters.append(rule)
        default: return
        }
    }
}

extension SyncSettings {
    package func with(_ patterns: Patterns) -> SyncSettings {
        var sync = self
        sync.filters = patterns.filters
        sync.excludes = patterns.excludes
        return sync
    }
}
