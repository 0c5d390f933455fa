import Glibc
import MirrorCore

/// fs.inotify.max_queued_events for one process. The setting is the whole machine's, no namespace has its own, but a
/// queue takes its length when it is made: so the setting is low for a moment only, by one test program at a time, and
/// comes back also after a crash.
package enum QueueLength {
    private static let setting: ByteString = "/proc/sys/fs/inotify/max_queued_events"

    /// Sets it, starts a process with `start`, and sets it back when that process has its queue (or has ended).
    package static func set(_ length: Int, whileStarting start: () throws -> LockstepProcess) async throws
        -> LockstepProcess
    {
        let lock = try await taken(LOCK_EX)
        defer { close(lock) }
        let value = try original(lock)
        Guardian.shared.watch(setting: setting, value: value)
        defer { Guardian.shared.forget(setting: setting) }
        try write(ByteString("\(length)"))
        defer {
            try? write(value)
            ftruncate(lock, 0)
        }
        let process = try start()
        try await process.waitUntilWatching()
        return process
    }

    /// As it is on this machine while a queue is made by `start`, whatever other tests do to it.
    package static func keep(whileStarting start: () async throws -> Void) async throws {
        let lock = try await taken(LOCK_SH)
        defer { close(lock) }
        try await start()
    }

    private static func taken(_ kind: Int32) async throws -> Int32 {
        let lock = open("/dev/shm/.lockstep-queue-length", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw SystemCallFailure("open", "the lock of " + setting) }
        do {
            try await Condition.wait(until: "no other program has changed \(setting)", deadline: .seconds(120)) {
                flock(lock, kind | LOCK_NB) == 0
            }
        } catch {
            close(lock)
            throw error
        }
        return lock
    }

    /// The locked file holds the value while the setting is low: who comes after a crash, perhaps ahead of the
    /// guardian, must not take the low one for it.
    private static func original(_ lock: Int32) throws -> ByteString {
        let kept = try Descriptor.readAll(lock, named: "the lock of " + setting)
        if !kept.isEmpty { return ByteString(kept) }
        let value = try DirectoryTree("/proc/sys/fs/inotify").read("max_queued_events")
        let number = value.bytes.filter { $0 != UInt8(ascii: "\n") }
        try Descriptor.writeAll(lock, number, named: "the lock of " + setting)
        return ByteString(number)
    }

    private static func write(_ value: ByteString) throws {
        let file = open(setting.description, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { throw SystemCallFailure("open", setting) }
        defer { close(file) }
        try Descriptor.writeAll(file, value.bytes, named: setting)
    }
}
