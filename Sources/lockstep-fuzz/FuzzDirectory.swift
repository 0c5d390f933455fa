import Glibc
import MirrorCore

/// A directory in memory for the decoders that read files, removed at the end of the program.
final class FuzzDirectory: Sendable {
    static let shared = FuzzDirectory()

    let path: ByteString

    private init() {
        var template = Array("/dev/shm/lockstep-fuzz-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { preconditionFailure("no directory in /dev/shm") }
        path = ByteString(template.dropLast().map { UInt8(bitPattern: $0) })
        write("harmless.lua", Array(Self.harmless.utf8))
        atexit {
            for name in ["harmless.lua", "lsyncd.conf", "patterns"] { unlink(FuzzDirectory.shared.name(name)) }
            rmdir(FuzzDirectory.shared.path.description)
        }
    }

    func write(_ file: String, _ content: [UInt8]) {
        let descriptor = open(name(file), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        guard Glibc.write(descriptor, content, content.count) == content.count else {
            preconditionFailure("cannot write \(file)")
        }
    }

    private func name(_ file: String) -> String { path.description + "/" + file }

    /// What a generated program must not do to this machine, nor to the program that watches it. An end of the process
    /// that a configuration may ask for is no answer that could be checked.
    private static let harmless = """
        local function refuse() error("refused", 2) end
        for _, name in ipairs({ "execute", "remove", "rename", "exit", "tmpname", "setlocale" }) do os[name] = refuse end
        for _, name in ipairs({ "popen", "open", "output", "input", "lines", "write", "read", "tmpfile", "close" }) do
          io[name] = refuse
        end
        io.stdout, io.stderr, io.stdin = nil, nil, nil
        dofile, loadfile, require, terminate, print, log = refuse, refuse, refuse, refuse, refuse, refuse
        package.loadlib, package.searchers, package.searchpath, string.dump = nil, nil, nil, nil
        for name in pairs(debug) do if name ~= "traceback" then debug[name] = refuse end end
        -- The library cannot be interrupted inside a pattern that tries everything.
        local kept = { find = string.find, match = string.match, gmatch = string.gmatch, gsub = string.gsub }
        for name, call in pairs(kept) do
          string[name] = function(text, pattern, ...)
            if #tostring(text) > 200 or #tostring(pattern) > 40 then error("refused", 2) end
            return call(text, pattern, ...)
          end
        end

        """
}
