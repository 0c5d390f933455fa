import MirrorCore

/// `engine = "stream"` in settings: a sync with default.rsync that comes out the same is done by the stream.
struct EngineDecoding {
    let record: SyncRecord
    let findings: Findings
    /// The settings at the end of the file.
    let settings: LuaTable

    /// A sync that has to stay with rsync says why.
    func apply(to sync: inout SyncSettings) {
        guard settings["engine"] == .text("stream") else { return }
        let rsync = sync.transfer.rsync
        if let obstacle = StreamOptions.obstacle(to: sync) {
            return findings.warn(record.place, "with engine = \"stream\" this sync stays with rsync: \(obstacle).")
        }
        guard let options = try? StreamOptions(words: rsync.words) else { return }
        var stream = StreamSettings(options: options)
        stream.deleteLimit =
            StreamDecoding.limit(settings["deleteLimit"], record.subject("deleteLimit"), Findings()) ?? .half
        stream.installs = settings["agentInstall"] == .boolean(true)
        sync.transfer = .stream(rsync, stream)
        // Fifteen seconds are lsyncd's, for the sake of a process per batch. What a person wrote stays.
        let isUsual = record.told.isSet("has_usual_delay") && record.origin(of: "delay") == nil
        if isUsual, settings["delay"] == nil { sync.delay = .zero }
    }
}
