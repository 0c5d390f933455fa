/// Every bound of the program in one place. Reaching one is a visible state, never a loss.
package struct Limits: Sendable, Equatable {
    /// Paths that a source's log holds; beyond, the missing part of the target that is furthest behind becomes
    /// "compare everything".
    package var logEntries = 1_000_000
    /// Paths in a target's retry set; beyond, they become "compare everything".
    package var retryEntries = 100_000
    /// Paths whose last transfer is remembered, to notice a second write in the same second.
    package var recentPaths = 100_000
    /// Files of a source that are known to be written and not closed; beyond, they go as they are.
    package var unfinishedFiles = 10_000
    /// Names of a source's files with several names that are kept, and looked for at once.
    package var linkedNames = 10_000
    /// Events that a function of a configuration sees at once.
    package var scriptList = 10_000
    /// Lines of a target's list of delays in the status.
    package var pendingShown = 1000
    /// Path failures that a problem keeps with their text.
    package var pathFailuresShown = 20
    /// Targets that one `discover` may find; an answer with more of them counts as failed.
    package var discoveredTargets = 1000
    /// A target that is asked to leave is let go after so long, whatever it still owes.
    package var longestDrain = Duration.seconds(600)

    package init() {}
}
