import Foundation
import MirrorCore
import Testing

@testable import MirrorLua

/// A temporary directory with a source `src` and a configuration in it; gone with the value.
final class ConfigurationFixture {
    let root: String
    var overrides = CommandLineOverrides()
    var bounds = LuaState.Bounds()

    init() {
        var template = Array("/tmp/lockstep-lua-XXXXXX".utf8CString)
        root = String(cString: mkdtemp(&template))
        makeDirectory("src")
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    func makeDirectory(_ name: String) {
        try? FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
    }

    func path(_ name: String) -> String { root + "/" + name }

    func write(_ name: String, _ text: String) {
        _ = FileManager.default.createFile(atPath: path(name), contents: Data(text.utf8))
    }

    /// `SRC` in the text stands for the source's path, `ROOT` for the directory.
    func load(_ text: String) throws(ConfigurationError) -> LoadedConfiguration {
        let filled = text.replacingOccurrences(of: "SRC", with: path("src")).replacingOccurrences(
            of: "ROOT", with: root)
        write("lsyncd.conf", filled)
        return try loadFile("lsyncd.conf")
    }

    func loadFile(_ name: String?) throws(ConfigurationError) -> LoadedConfiguration {
        try Configuration.load(
            file: name.map { ByteString($0) }, overrides: overrides, workingDirectory: ByteString(root), bounds: bounds)
    }

    /// Every diagnostic as a person reads it, whether the load succeeds or not.
    func diagnostics(_ text: String) -> [String] {
        let found: [Diagnostic]
        do { found = try load(text).warnings } catch { found = error.diagnostics }
        return found.map { DiagnosticText.render($0).replacingOccurrences(of: root, with: "ROOT") }
    }

    /// The one sync of a configuration that must load.
    func sync(_ text: String) throws -> SyncSettings {
        let loaded = try load(text)
        return try #require(loaded.settings.syncs.first)
    }

    func rsync(_ text: String) throws -> RsyncSettings {
        try sync(text).transfer.rsync
    }
}
