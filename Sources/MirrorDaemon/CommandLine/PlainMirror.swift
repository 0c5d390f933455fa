package import MirrorCore

/// `lockstep mirror SOURCE TARGET…`: settings for who has no configuration.
package struct PlainMirror: Sendable, Equatable {
    /// Absolute and real.
    package var source: ByteString
    /// As written: a directory, `host:dir`, `host::module` or `rsync://…`.
    package var targets: [ByteString]
    package var delay: Duration = .seconds(1)
    package var excludes: [ByteString] = []
    package var keepsDeleted = false
    package var stateDirectory: ByteString?

    package init(source: ByteString, targets: [ByteString]) {
        self.source = source
        self.targets = targets
    }

    /// Everything that rsync's `-a` keeps, a failed start is retried, and the other targets go on meanwhile.
    package func settings(workingDirectory: ByteString) -> Settings {
        var settings = Settings()
        settings.staysInForeground = true
        settings.insists = true
        settings.stateDirectory = stateDirectory
        for (index, target) in targets.enumerated() {
            var sync = SyncSettings(
                name: ByteString("Sync\(index + 1)"), source: source == "/" ? "" : source,
                target: Self.directory(target, in: workingDirectory), transfer: .rsync(Self.archive))
            sync.sourceAsWritten = source
            sync.delay = delay
            sync.excludes = excludes.flatMap(RsyncRules.lines)
            sync.delete = keepsDeleted ? .never : .always
            settings.syncs.append(sync)
        }
        return settings
    }

    /// The letters of `-a` and `-s` in one word, as a configuration with `archive = true` has them; `-r` is always
    /// added.
    private static var archive: RsyncSettings {
        var rsync = RsyncSettings()
        rsync.words = ["-lptgosD"]
        return rsync
    }

    /// Local directories become absolute; all end with a slash, so that the source's content is meant, not the source.
    private static func directory(_ target: ByteString, in workingDirectory: ByteString) -> ByteString {
        let place = isLocal(target) && !target.hasPrefix("/") ? workingDirectory + "/" + target : target
        return place.hasSuffix("/") || place.hasSuffix(":") ? place : place + "/"
    }

    /// rsync's rule: a colon before the first slash names a host.
    package static func isLocal(_ target: ByteString) -> Bool {
        let beforeSlash = target.bytes.prefix { $0 != UInt8(ascii: "/") }
        return !beforeSlash.contains(UInt8(ascii: ":"))
    }
}
