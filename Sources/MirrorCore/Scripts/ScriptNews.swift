/// What happened around syncs with functions or commands of their own.
package enum ScriptNews: Sendable, Equatable {
    case hookReturned(HookCallID, HookDecision)
    case processEnded(JobID, ScriptProcessEnd)
    /// What lies below a directory, at any depth.
    case subtreeListed(TargetID, RelativePath, [FoundName])
    /// A descriptor that a script observes; it is not looked at again before it is observed again.
    case descriptorReady(Int32, isReadable: Bool, isWritable: Bool)
    /// The `crontab` of a sync says that it is time.
    case scheduled(TargetID)
    /// Whether the tunnel of a sync is up.
    case tunnelAnswered(TargetID, TunnelAnswer)
}

package enum TunnelAnswer: Sendable, Equatable {
    /// 0: the tunnel has no port of its own.
    case up(port: UInt16)
    /// With the reason.
    case down(String)
}

/// What is to be done for them.
package enum ScriptOrder: Sendable, Equatable {
    /// Answered by `hookReturned`.
    case callHook(HookCall)
    /// Answered by `processEnded`.
    case startProcess(ScriptProcess)
    /// Answered by `subtreeListed`.
    case listSubtree(TargetID, RelativePath)
    /// Answered by `tunnelAnswered`.
    case openTunnel(TargetID)
    /// Answered by `descriptorReady`, once.
    case observe(Int32, reads: Bool, writes: Bool)
    case forget(Int32)
}

package struct FoundName: Sendable, Equatable {
    package var path: RelativePath
    package var isDirectory: Bool

    package init(_ path: RelativePath, isDirectory: Bool) {
        self.path = path
        self.isDirectory = isDirectory
    }
}
