import MirrorCore

/// What runs before a configuration: the names that lsyncd offers, written in Lua, one piece per subject.
///
/// The pieces share one table, `shared`; nothing of it is a global afterwards but the names that scripts know.
enum Prelude {
    static let chunkName: ByteString = "=lockstep"

    static var code: [UInt8] {
        let scripts = [
            events, queue, spawning, inside, commands, defaultLayers, rsyncLayer, otherLayers, hooks,
        ]
        let pieces =
            [foundation, compatibility, inheritance, settings, globals, inlet, sync, discover, bases] + scripts + [
                telling
            ]
        return Array(pieces.map { "do\n" + $0 + "\nend\n" }.joined().utf8).withSharedTable
    }
}

extension [UInt8] {
    fileprivate var withSharedTable: [UInt8] { Array("local shared = {}\n".utf8) + self }
}
