import MirrorCore
import MirrorLinux

/// Keeps across restarts which targets people have added and taken away, and which of those that joined are known to
/// hold nothing but the mirror. Blocking, for small files of the state directory.
struct TargetMemory: Sendable {
    /// One that left is known for so long: who has its address after that may be somebody else.
    static let knownAfterLeaving: Int64 = 86_400

    let directory: ByteString

    /// A target that a person has added.
    struct Added: Equatable {
        var source: ByteString
        var target: ByteString
        /// The sync whose settings it has.
        var like: ByteString
    }

    // MARK: Known ones

    /// Whether it may be deleted from without asking. What can't be read says no.
    func isKnown(_ sync: SyncSettings, wall: Int64) -> Bool {
        guard let text = try? StateFile.read(path(sync, "known")) else { return false }
        guard let left = Self.fields(text)["left"] else { return true }
        return Int64(left.description).map { wall - $0 <= Self.knownAfterLeaving && $0 <= wall + 60 } ?? false
    }

    func keepKnown(_ sync: SyncSettings) -> String? { write(ByteString("known=yes\n"), sync, "known") }

    func left(_ sync: SyncSettings, wall: Int64) -> String? {
        guard isKnown(sync, wall: wall) else { return nil }
        return write(ByteString("known=yes\nleft=\(wall)\n"), sync, "known")
    }

    func forgetKnown(_ sync: SyncSettings) { _ = try? StateFile.remove(path(sync, "known")) }

    // MARK: Added and taken away

    func isRemoved(_ sync: SyncSettings) -> Bool { (try? StateFile.read(path(sync, "removed"))) != nil }
    func keepRemoved(_ sync: SyncSettings, user: UInt32) -> String? {
        write(ByteString("user=\(user)\n"), sync, "removed")
    }
    func forgetRemoved(_ sync: SyncSettings) -> String? { remove(sync, "removed") }

    func isAdded(_ sync: SyncSettings) -> Bool { (try? StateFile.read(path(sync, "added"))) != nil }

    func keepAdded(_ sync: SyncSettings, like: ByteString, user: UInt32) -> String? {
        let text = "source=" + sync.source + "\ntarget=" + sync.target + "\nlike=" + like
        return write(text + ByteString("\nuser=\(user)\n"), sync, "added")
    }

    func forgetAdded(_ sync: SyncSettings) -> String? { remove(sync, "added") }

    /// In the order of their names. A file that means nothing is left where it is.
    func added() -> [Added] {
        let names = ((try? Directory.entries(of: directory)) ?? []).map(\.name).filter { $0.hasSuffix(".added") }
        return names.sorted().compactMap { name in
            guard let text = try? StateFile.read(directory + "/" + name) else { return nil }
            let fields = Self.fields(text)
            guard let source = fields["source"], let target = fields["target"], let like = fields["like"] else {
                return nil
            }
            return Added(source: source, target: target, like: like)
        }
    }

    // MARK: Found ones

    /// What was found last, so that it is mirrored to also where nobody answers at the next start.
    func discovered(_ discovery: DiscoverySettings) -> [ByteString] {
        guard let text = try? StateFile.read(path(discovery), limit: 1 << 22) else { return [] }
        return text.split(separator: UInt8(ascii: "\n")).filter { !$0.isEmpty }
    }

    func keep(_ targets: [ByteString], of discovery: DiscoverySettings) {
        let text = targets.map { $0 + "\n" }.joined(separator: "")
        do throws(SystemCallError) {
            try StateFile.makeDirectory(directory)
            try ReplaceableFile.write(path(discovery), text.bytes)
        } catch {
            // At the next start they are found again; a state directory that can't be written is told elsewhere.
            return
        }
    }

    /// What people have added, and what was found last, beside the syncs of a configuration.
    func guests(beside settings: Settings) -> [SyncSettings] {
        var guests: [SyncSettings] = []
        for added in added() {
            let ofSource = settings.written.filter { $0.source == added.source }
            guard let like = ofSource.first(where: { $0.name == added.like }) ?? ofSource.first else { continue }
            if let sync = try? Retargeting(sync: like).sync(for: added.target) { guests.append(sync) }
        }
        for discovery in settings.discoveries {
            guests += discovered(discovery).compactMap { try? Retargeting(sync: discovery.template).sync(for: $0) }
        }
        return guests.filter { !isRemoved($0) }
    }

    private func path(_ discovery: DiscoverySettings) -> ByteString {
        let name = discovery.template.source + " <- " + discovery.text + " " + discovery.template.target
        return directory + "/" + SourceRecord.name(for: name) + ".discovered"
    }

    private static func fields(_ text: ByteString) -> [ByteString: ByteString] {
        var fields: [ByteString: ByteString] = [:]
        for line in text.split(separator: UInt8(ascii: "\n")) {
            guard let cut = line.bytes.firstIndex(of: UInt8(ascii: "=")) else { continue }
            fields[ByteString(line.bytes[..<cut])] = ByteString(line.bytes[(cut + 1)...])
        }
        return fields
    }

    private func write(_ text: ByteString, _ sync: SyncSettings, _ ending: ByteString) -> String? {
        do throws(SystemCallError) {
            try StateFile.makeDirectory(directory)
            try ReplaceableFile.write(path(sync, ending), text.bytes)
            return nil
        } catch {
            return "it will not outlast a restart (\(error.description))"
        }
    }

    private func remove(_ sync: SyncSettings, _ ending: ByteString) -> String? {
        do throws(SystemCallError) {
            _ = try StateFile.remove(path(sync, ending))
            return nil
        } catch {
            return "after a restart it will be as it was (\(error.description))"
        }
    }

    private func path(_ sync: SyncSettings, _ ending: ByteString) -> ByteString {
        directory + "/" + SourceRecord.name(for: sync.source + " -> " + sync.target) + "." + ending
    }
}
