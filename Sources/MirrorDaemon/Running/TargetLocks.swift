import Glibc
import MirrorCore
import MirrorLinux
import Synchronization

/// Two programs must never mirror one source to one target: each would delete what the other is just making. Whatever
/// their pid files and state directories are, the second one waits until the first is gone.
final class TargetLocks: Sendable {
    // A lock of its own: questions run side by side, a few in a second.
    private let held = Mutex<[TargetID: HeldName]>([:])

    /// nil where the target is ours.
    func refusal(_ target: TargetID, _ sync: SyncSettings) -> Failure? {
        held.withLock { held in
            if held[target] != nil { return nil }
            do throws(HeldName.Refusal) {
                held[target] = try HeldName(Self.name(of: sync))
                return nil
            } catch {
                guard case .held(let process) = error else { return nil }
                // Two syncs of one program: the configuration's own matter, as ever.
                guard process != getpid() else { return nil }
                return Failure(.mirroredByAnother, detail: "process \(process)")
            }
        }
    }

    func release(_ target: TargetID) { held.withLock { $0[target] = nil } }
    func releaseAll() { held.withLock { $0 = [:] } }

    private static func name(of sync: SyncSettings) -> ByteString {
        let target = sync.target.hasPrefix("/") ? (try? RealPath.resolve(sync.target)) ?? sync.target : sync.target
        let text = sync.source + "\n" + (target.hasSuffix("/") ? target : target + "/")
        return ByteString(
            "lockstep-\(hexadecimal(text, from: 0xcbf2_9ce4_8422_2325))-\(hexadecimal(text, from: 0x9e37_79b9_7f4a_7c15))"
        )
    }

    /// FNV-1a from two beginnings: the same in every process.
    private static func hexadecimal(_ text: ByteString, from start: UInt64) -> String {
        String(text.bytes.reduce(start) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }, radix: 16)
    }
}
