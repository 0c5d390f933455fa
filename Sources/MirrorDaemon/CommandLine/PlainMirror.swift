package import MirrorCore

/// `lockstep mirror SOURCE TARGET…`: settings for who has no configuration.
package struct PlainMirror: Sendable, Equatable {
    /// Absolute and real.
    package var source: ByteString
    /// As written: a directory, `host:dir`, `host::module` or `rsync://…`.
    package var targets: [ByteString]
    /// Nil is none with the stream, and a second with rsync, which takes a process for each batch.
    package var delay: Duration?
    /// Whether rsync does the transfers also where the stream could.
    package var usesRsync = false
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
            let place = Self.directory(target, in: workingDirectory)
            var sync = SyncSettings(
                name: ByteString("Sync\(index + 1)"), source: source == "/" ? "" : source, target: place,
                transfer: transfer(to: place))
            sync.sourceAsWritten = source
            sync.delay = delay ?? .seconds(1)
            if delay == nil, case .stream = sync.transfer { sync.delay = .zero }
            sync.excludes = excludes.flatMap(RsyncRules.lines)
            sync.delete = keepsDeleted ? .never : .always
            settings.syncs.append(sync)
        }
        return settings
    }

    /// Who calls it by hand asks for the agent to be put on the hosts that he names.
    private func transfer(to target: ByteString) -> TransferSettings {
        var rsync = Self.archive
        // The stream gives owners by number; where rsync stands in for it, it does the same.
        if !Self.isLocal(target) { rsync.words.append("--numeric-ids") }
        let sync = SyncSettings(name: "", source: source, target: target, transfer: .rsync(rsync))
        guard !usesRsync, StreamOptions.obstacle(to: sync) == nil,
            let options = try? StreamOptions(words: rsync.words)
        else { return .rsync(Self.archive) }
        var stream = StreamSettings(options: options)
        stream.installs = true
        return .stream(rsync, stream)
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
