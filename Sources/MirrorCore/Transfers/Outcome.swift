/// How a job ended.
package struct Outcome: Sendable, Equatable {
    package var result: Result
    /// The exit code of the program that ran, where one did and was not killed.
    package var exitCode: Int32?
    /// Files that the target lost, or would lose (rehearsal), where the engine can count them.
    package var deletions: Int?
    /// Files that it left alone because somebody writes them, beyond those that it was told.
    package var unfinished: [RelativePath] = []
    /// Files of the job that have other names too.
    package var linked: [LinkedFile] = []
    package var duration: Duration
    /// What was written on the way to the target, where the engine can tell.
    package var bytes: Int?

    package enum Result: Sendable, Equatable {
        /// Every path of the job is at the target.
        case done
        /// All but these, which stay owed. Never empty.
        case partial([PathFailure])
        /// Nothing is known to have arrived; the whole job stays owed.
        case failed(Failure)
        /// Stopped by us before its end; the whole job stays owed.
        case stopped
        /// Not started: the source is not what it was. The whole job stays owed.
        case sourceSuspect(SourceSuspicion)
    }

    package init(_ result: Result, exitCode: Int32? = nil, deletions: Int? = nil, duration: Duration = .zero) {
        self.result = result
        self.exitCode = exitCode
        self.deletions = deletions
        self.duration = duration
    }
}

/// A path that did not arrive, and why in the words of the program that tried.
package struct PathFailure: Sendable, Equatable {
    package var change: Change
    package var text: String
    package var kind: Kind

    package enum Kind: Sendable, Equatable {
        /// The file was gone when its turn came: it is looked at again at once, and is no problem.
        case vanished
        case unreadable
        case noSpace
        case other
    }

    package init(_ change: Change, kind: Kind, text: String) {
        self.change = change
        self.kind = kind
        self.text = text
    }
}

/// Why a whole job failed, as far as it could be told, with the line that tells it.
package struct Failure: Sendable, Equatable {
    package var cause: Cause
    /// The telling line of the program's own output, or of the system; empty when there was none.
    package var detail: String

    package enum Cause: Sendable, Equatable, Hashable {
        /// Refused, timed out, no route, or the name is not known.
        case unreachable
        /// The program that holds the way to the target open is not up. Never fatal: the target waits for it.
        case tunnelDown
        case hostKeyUnknown
        case hostKeyChanged
        /// The server does not take our key, or the password of an rsync module is wrong.
        case permissionDenied
        /// Another program mirrors this source to this target.
        case mirroredByAnother
        /// sudo at the far end asks for a password.
        case sudoPassword
        /// The account runs no command: it takes sftp alone, or nobody may log in.
        case commandsRefused
        /// A login file of the far side prints text into the connection.
        case loginNoise
        /// An rsync daemon's `@ERROR`.
        case moduleError
        case noSpace
        case rsyncMissingThere
        case rsyncMissingHere
        /// The connection broke while it ran.
        case connectionLost
        /// No progress for `Settings.progressTimeout`; stopped by us.
        case stalled
        /// The far side, or a wrapper, refuses our words.
        case refusedWords
        /// Killed by a signal that we did not send.
        case killed(signal: Int32)
        case exited
        /// The target's directory can't be reached or written at all.
        case targetUnusable
    }

    package init(_ cause: Cause, detail: String = "") {
        self.cause = cause
        self.detail = detail
    }
}

/// What makes a source suspect: deletions must not follow from it until it is back or a person says so.
package enum SourceSuspicion: Sendable, Equatable {
    case missing
    case notDirectory
    /// Empty now, and remembered as not empty, without the deletions having been seen.
    case emptied
    /// It stood on this mount, and does not any more.
    case mountGone(mountPoint: ByteString, fileSystem: ByteString)
    /// First start with an empty source; a rehearsal says that so much would be deleted at the target, 0 that it can't
    /// be told.
    case emptyAtFirstStart(deletions: Int)
    case unreadable(errno: Int32)
    /// A transfer was to delete so many names that a person should look first. It has deleted none of them.
    case massDeletion(names: Int)
}

/// What is known of a target before its first transfer.
package enum TargetIdentity: Sendable, Equatable {
    /// The same directory on the same machine: it gets no transfer, ever.
    case isSource
    case distinct
    /// One lies inside the other and is not excluded.
    case nested(inside: Bool)
    /// No answer; own address and same path were looked at and do not say that it is the source.
    case unknown(Failure)
}

/// What a look at the source found.
package struct SourceReport: Sendable, Equatable {
    /// nil: it is as remembered, or better.
    package var suspicion: SourceSuspicion?
    package var isEmpty: Bool
    /// Nothing was remembered about it.
    package var isFirstStart: Bool
    /// An operator has said that it is right as it is.
    package var isAccepted: Bool
    /// The run before was killed, or ended while something was owed.
    package var followsBrokenRun: Bool
    /// Worth telling, not worth a pause: another inode, another device number.
    package var remark: String?

    package init(
        suspicion: SourceSuspicion? = nil, isEmpty: Bool = false, isFirstStart: Bool = false, isAccepted: Bool = false,
        followsBrokenRun: Bool = false,
        remark: String? = nil
    ) {
        self.suspicion = suspicion
        self.isEmpty = isEmpty
        self.isFirstStart = isFirstStart
        self.isAccepted = isAccepted
        self.followsBrokenRun = followsBrokenRun
        self.remark = remark
    }
}
