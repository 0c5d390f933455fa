/// One watched directory tree. Syncs with the same source share it. Ids count from zero in the order of the settings.
package struct SourceID: Hashable, Comparable, Sendable {
    package let index: Int
    package init(_ index: Int) { self.index = index }
    package static func < (left: SourceID, right: SourceID) -> Bool { left.index < right.index }
}

/// One destination of one source; `Settings.syncs[index]` describes it.
package struct TargetID: Hashable, Comparable, Sendable {
    package let index: Int
    package init(_ index: Int) { self.index = index }
    package static func < (left: TargetID, right: TargetID) -> Bool { left.index < right.index }
}

/// One transfer. Never used twice while the program runs.
package struct JobID: Hashable, Comparable, Sendable {
    package let number: UInt64
    package init(_ number: UInt64) { self.number = number }
    package static func < (left: JobID, right: JobID) -> Bool { left.number < right.number }
}

/// Somebody who waits for a flush. Never used twice while the program runs.
package struct FlushID: Hashable, Comparable, Sendable {
    package let number: UInt64
    package init(_ number: UInt64) { self.number = number }
    package static func < (left: FlushID, right: FlushID) -> Bool { left.number < right.number }
}
