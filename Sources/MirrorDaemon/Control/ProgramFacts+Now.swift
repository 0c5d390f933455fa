import Glibc
import MirrorCore
import MirrorLinux
import MirrorStatus

extension ProgramFacts {
    /// `since`: when the program began, or read its configuration last.
    static func now(_ now: Moment, since began: Moment, _ configuration: ByteString?) -> ProgramFacts {
        ProgramFacts(
            version: ProgramVersion.text, process: Int(getpid()), configuration: configuration,
            time: WallClock.now().seconds, uptime: now - began)
    }
}
