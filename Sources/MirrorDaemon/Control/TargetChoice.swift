import MirrorCore
import MirrorStatus
import MirrorTransfer

/// Which targets somebody means by their names: that of a sync, a target as it is written, or its host.
struct TargetChoice {
    let syncs: [SyncSettings]

    /// Those that stay.
    var all: [TargetID] { syncs.indices.filter { syncs[$0].standing == .member }.map { TargetID($0) } }

    /// No name means all that stay. A name that means none is a mistake, and then nothing is chosen.
    func targets(named names: [ByteString]) -> Result<[TargetID], Mistake> {
        guard !names.isEmpty else { return .success(all) }
        var chosen: Set<TargetID> = []
        for name in names {
            let found = syncs.indices.filter { syncs[$0].standing != .left && means(name, syncs[$0]) }
            guard !found.isEmpty else { return .failure(Mistake(text: mistake(name))) }
            chosen.formUnion(found.map { TargetID($0) })
        }
        return .success(chosen.sorted())
    }

    struct Mistake: Error {
        let text: ByteString
    }

    private func means(_ name: ByteString, _ sync: SyncSettings) -> Bool {
        if [sync.name, sync.target].contains(name) { return true }
        // With or without the slash that is added to every target.
        if sync.target == name + "/" { return true }
        return TargetAddress(sync.target).hostName == name
    }

    private func mistake(_ name: ByteString) -> ByteString {
        var text = "no target is called \"" + Shown.name(name) + "\"; there are\n"
        let syncs = syncs.filter { $0.standing != .left }
        for sync in syncs.prefix(20) {
            text += "  " + Shown.name(sync.name) + "  " + Shown.name(sync.target) + "\n"
        }
        if syncs.count > 20 { text += ByteString("  … and \(syncs.count - 20) more\n") }
        return text
    }
}
