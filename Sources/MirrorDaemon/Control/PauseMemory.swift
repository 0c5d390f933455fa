import MirrorCore
import MirrorLinux

/// Keeps across restarts which targets a person has paused. Blocking, for small files of the state directory.
struct PauseMemory {
    let directory: ByteString

    /// nil where the target is not paused, or its pause is over. A file that can't be read, or means nothing, holds
    /// nobody up.
    func pause(of sync: SyncSettings, wall: Int64) -> Pause? {
        guard let text = try? StateFile.read(path(of: sync)) else { return nil }
        guard let pause = Pause(text), pause.until.map({ $0 > wall }) ?? true else {
            _ = forget(sync)
            return nil
        }
        return pause
    }

    /// Answers what went wrong.
    func keep(_ pause: Pause, of sync: SyncSettings) -> String? {
        do throws(SystemCallError) {
            try StateFile.makeDirectory(directory)
            try ReplaceableFile.write(path(of: sync), pause.text.bytes)
            return nil
        } catch {
            return "it will not outlast a restart (\(error.description))"
        }
    }

    func forget(_ sync: SyncSettings) -> String? {
        do throws(SystemCallError) {
            _ = try StateFile.remove(path(of: sync))
            return nil
        } catch {
            return "after a restart it will be paused again (\(error.description))"
        }
    }

    private func path(of sync: SyncSettings) -> ByteString {
        directory + "/" + SourceRecord.name(for: sync.source + " -> " + sync.target) + ".pause"
    }
}

/// A pause as a file of two lines.
struct Pause: Equatable {
    /// Seconds since 1970; nil is until further notice.
    var until: Int64?
    /// The user id of whoever asked for it.
    var user: UInt32

    init(until: Int64?, user: UInt32) {
        self.until = until
        self.user = user
    }

    var text: ByteString { ByteString("until=\(until.map { "\($0)" } ?? "resumed")\nuser=\(user)\n") }

    init?(_ text: ByteString) {
        var values: [String: String] = [:]
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let parts = line.split(separator: UInt8(ascii: "="))
            if parts.count == 2 { values[parts[0].description] = parts[1].description }
        }
        guard let until = values["until"], let user = values["user"].flatMap(UInt32.init) else { return nil }
        guard until != "resumed" else {
            self.init(until: nil, user: user)
            return
        }
        guard let seconds = Int64(until) else { return nil }
        self.init(until: seconds, user: user)
    }
}
