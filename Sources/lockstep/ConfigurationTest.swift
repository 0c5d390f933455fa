import MirrorCore
import MirrorDaemon
import MirrorLinux
import MirrorStatus

/// `lsyncd -t CONFIG` and `lockstep -t CONFIG`: whether it would start, as with `nginx -t`. Everything is said on
/// standard error; 0 is yes, 1 is no.
enum ConfigurationTest {
    static func begin(_ words: [ByteString]) -> Beginning {
        guard words.count == 1, let file = words.first, !file.hasPrefix("-") else {
            Terminal.errors("lockstep: -t takes one configuration file\n")
            return .ended(ExitCodes.usage)
        }
        var start = Start(codes: .lsyncd)
        start.configurationFile = file
        return begin(start, file)
    }

    static func begin(_ start: Start, _ file: ByteString) -> Beginning {
        let name = Shown.name(file)
        guard let loaded = start.load() else { return failed(name) }
        Terminal.errors(start.codes.render(loaded.warnings))
        Terminal.errors("lsyncd: the configuration file " + name + " syntax is ok\n")
        let obstacles = Preflight.programs(loaded.settings)
        guard obstacles.isEmpty else {
            Terminal.errors(obstacles.map(LogFormat.startup).joined(separator: ""))
            return failed(name)
        }
        Terminal.errors("lsyncd: configuration file " + name + " test is successful\n")
        return .ended(0)
    }

    private static func failed(_ name: ByteString) -> Beginning {
        Terminal.errors("lsyncd: configuration file " + name + " test failed\n")
        return .ended(1)
    }
}
