import MirrorCore

/// One call of sync{} as the prelude tells it, with the means to say where something in it stands.
struct SyncRecord {
    let told: LuaTable
    let index: FileIndex
    /// Its number among all calls, from 1.
    let number: Int

    var config: LuaTable { told.table("config") }
    var file: ByteString? { told.text("file") }
    /// The line of the call; for a sync of the command line there is none.
    var place: Place { file.map { index.place($0, told.integer("line") ?? 0) } ?? Place() }

    /// Where a value came from, when not from the sync itself: `settings` or `option`.
    func origin(of key: ByteString) -> ByteString? { told.table("from").text(key) }

    /// The line of a key if it can be found, otherwise that of the call. `path` has dots between its keys.
    func place(of path: String) -> Place {
        guard let file, let line = told.integer("line") else { return Place() }
        let keys = ByteString(path).split(separator: UInt8(ascii: "."))
        if let found = index.file(file)?.line(of: keys, inCall: "sync", at: line) { return index.place(file, found) }
        guard let key = keys.last else { return place }
        // A base in another file, or changed there field by field.
        for other in index.files where other.name != place.file {
            if let found = other.lineElsewhere(of: key) { return Place(file: other.name, line: found) }
        }
        return place
    }

    func subject(_ path: String) -> Subject { Subject(name: path, place: place(of: path)) }

    func label(_ key: ByteString) -> ByteString? {
        if case .function(let label) = config[key] { label } else { nil }
    }
}
