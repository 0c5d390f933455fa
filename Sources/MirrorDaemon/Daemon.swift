package import MirrorCore

/// The loop: owns the core, performs its actions, and answers with the reason of its end.
package enum Daemon {
    package static func run(settings: Settings, options: DaemonOptions) async -> ExitReason {
        preconditionFailure("the loop is written apart from its callers")
    }
}
