import Glibc
import MirrorCore

/// What of a configuration must not be shown: passwords in its words, and what it took from the environment.
struct Secrets {
    let told: LuaTable
    let settings: Settings
    let index: FileIndex

    /// Below this a value from the environment (a number, a name of a host) says little and would be found everywhere.
    private static let shortestValue = 6
    private static let secretNames = ["pass", "secret", "token", "key", "credential", "auth"]

    var redaction: Redaction {
        Redaction(fromWords + fromTexts + fromPasswordFiles + fromEnvironment + ofThisProgram + ofHTTP)
    }

    private var ofHTTP: [Redaction.Entry] { settings.http?.token.map { [Redaction.Entry($0)] } ?? [] }

    /// What is written in the files themselves: for commands and functions, of which nobody has decoded the words.
    /// That is guessing, so what is a whole name in a path or a host's stays: scripts read the status file.
    private var fromTexts: [Redaction.Entry] {
        let names = Set(places.flatMap { $0.split(separator: UInt8(ascii: "/")) }.flatMap(Self.names))
        let found = index.files.flatMap { file in file.lines.flatMap { SecretSearch.secrets(inText: $0) } }
        return found.filter { !names.contains($0) }.map { Redaction.Entry($0) }
    }

    /// Of `web:` both `web:` and `web`; a password has an `@` behind it.
    private static func names(in part: ByteString) -> [ByteString] {
        let host = ByteString(Array(part.bytes.prefix { $0 != UInt8(ascii: ":") }))
        return part.bytes.contains(UInt8(ascii: "@")) ? [part] : [part, host]
    }

    /// rsync reads the first line.
    private var fromPasswordFiles: [Redaction.Entry] {
        let option: ByteString = "--password-file="
        let files = settings.written.flatMap { $0.transfer.rsync.words }.filter { $0.hasPrefix(option) }
        return Set(files).compactMap { word in
            let path = ByteString(Array(word.bytes.dropFirst(option.count)))
            return index.firstLine(of: path).map { Redaction.Entry($0) }
        }
    }

    private var fromWords: [Redaction.Entry] {
        settings.written.flatMap { sync in
            var words = SecretSearch.secrets(in: sync.transfer.rsync.words + [sync.transfer.rsync.binary])
            if let tunnel = sync.tunnel { words += SecretSearch.secrets(in: tunnel.command) }
            return words.map { Redaction.Entry($0) }
        }
    }

    /// What is part of a path, a host or a pattern has to be shown, or no message would say what it is about; unless
    /// its name says that it is a secret.
    private var fromEnvironment: [Redaction.Entry] {
        let places = places
        return told.tables("environment").compactMap { entry in
            guard let name = entry.text("name"), let value = entry.text("value") else { return nil }
            let shown: ByteString = "$" + name
            if isSecretName(name) { return Redaction.Entry(value, shown: shown) }
            let isPlace = places.contains { $0.bytes.firstRange(of: value.bytes) != nil }
            return value.count < Self.shortestValue || isPlace ? nil : Redaction.Entry(value, shown: shown)
        }
    }

    private func isSecretName(_ name: ByteString) -> Bool {
        let lower = name.lowercased.description
        return Self.secretNames.contains { lower.contains($0) }
    }

    private var places: [ByteString] {
        let files = [settings.logFile, settings.pidFile, settings.statusFile, settings.stateDirectory]
        return files.compactMap { $0 }
            + settings.written.flatMap { sync in
                [sync.source, sync.sourceAsWritten, sync.target, sync.name, sync.place.file] + sync.excludes
                    + sync.filters.map(\.pattern)
            }
    }

    /// rsync and sshpass take these from the environment.
    private var ofThisProgram: [Redaction.Entry] {
        ["RSYNC_PASSWORD", "SSHPASS"].compactMap { name in
            getenv(name).map { Redaction.Entry(ByteString(String(cString: $0)), shown: ByteString("$" + name)) }
        }
    }
}
