package import MirrorCore

/// A way of transfer to one target.
package protocol Transferring: Sendable {
    /// Begins at once, before `run` is awaited for the same job, where all that it takes is at hand. The look is made
    /// before anything is deleted, on a thread that may block. False: nothing has begun, and whoever calls `run` looks.
    func begin(_ job: Job, _ look: @escaping LastLook) -> Bool
    /// Brings the job's paths to the target. Never throws; how it went is the outcome. One job at a time.
    func run(_ job: Job) async -> Outcome
    /// The job ends sooner, with `.stopped`, also where it has not begun yet.
    func stop(_ id: JobID)
    /// Whether the target is the source itself; answers within some seconds.
    func identify() async -> TargetIdentity
    /// A cheap look whether a real try is worth its cost; true where only a real try can tell.
    func answersPort() async -> Bool
    /// Gives back what is held for this target. No job comes after it.
    func close() async
}

/// What is suspect about the source, seen just now; it blocks.
package typealias LastLook = @Sendable () -> SourceSuspicion?

extension Transferring {
    package func begin(_ job: Job, _ look: @escaping LastLook) -> Bool { false }
}
