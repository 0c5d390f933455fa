/// Waiting in tests: for something to become true, never for time to pass.
package enum Condition {
    /// Looks every `interval` until `holds` is true. After `deadline` it throws, naming what was awaited and, where the
    /// caller can tell, how things stood at the end.
    package static func wait(
        until what: String, deadline: Duration = .seconds(30), interval: Duration = .milliseconds(10),
        state: () -> String = { "" }, holds: () async throws -> Bool
    ) async throws {
        let clock = ContinuousClock()
        let end = clock.now + deadline
        while try await !holds() {
            guard clock.now < end else {
                let last = state()
                throw FixtureError("waited \(deadline) in vain until \(what)" + (last.isEmpty ? "" : "\n\(last)"))
            }
            try await clock.sleep(for: interval)
        }
    }
}
