/// What somebody has to know who decides where visitors are sent. Small, so that it can be told at every turn.
package struct HealthReport: Sendable, Equatable {
    package var moment: Moment
    /// In the order of `TargetID`.
    package var targets: [TargetHealth]
    package var liveSources: Int
    package var sources: Int

    package init(moment: Moment, targets: [TargetHealth], liveSources: Int, sources: Int) {
        self.moment = moment
        self.targets = targets
        self.liveSources = liveSources
        self.sources = sources
    }
}

package struct TargetHealth: Sendable, Equatable {
    /// The comparison at the start is done; before that nobody knows how old the target is.
    package var hasStarted: Bool
    /// When the oldest thing owed was noticed; nil in step.
    package var owedSince: Moment?
    /// It gets nothing, ever: one of source and target lies inside the other.
    package var isRefused: Bool
    /// It is drained, or has left: nobody should be sent there, and nobody waits for it.
    package var isLeaving: Bool
    /// What holds it; nil where nothing does.
    package var pause: TargetPause?

    package init(
        hasStarted: Bool, owedSince: Moment?, isRefused: Bool = false, isLeaving: Bool = false,
        pause: TargetPause? = nil
    ) {
        self.hasStarted = hasStarted
        self.owedSince = owedSince
        self.isRefused = isRefused
        self.isLeaving = isLeaving
        self.pause = pause
    }
}

extension Mirrors {
    /// Costs the number of targets, whatever they owe.
    package func health(at now: Moment) -> HealthReport {
        HealthReport(
            moment: now,
            targets: mirrors.map { mirror in
                TargetHealth(
                    hasStarted: hasStarted(mirror), owedSince: owedSince(mirror),
                    isRefused: mirror.identity == .nested, isLeaving: mirror.leave != nil || mirror.hasLeft,
                    pause: mirror.pause(at: now))
            },
            liveSources: sources.count(where: \.isLive), sources: sources.count)
    }

    private func hasStarted(_ mirror: Mirror) -> Bool {
        if mirror.identity == .isSource { return true }
        return scriptIndex(of: mirror.id).map { scripts[$0].hasStarted } ?? mirror.hasStarted
    }
}
