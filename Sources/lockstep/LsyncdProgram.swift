import MirrorCore
import MirrorDaemon
import MirrorLinux
import MirrorStatus

/// The program under lsyncd's name.
enum LsyncdProgram {
    static func begin(_ arguments: [ByteString]) -> Beginning {
        switch LsyncdCommandLine.read(arguments) {
        case .print(let text, let code):
            Terminal.output(ByteString(text))
            return .ended(code)
        case .refused(let text):
            return refused(text)
        case .run(let line):
            if let file = line.configurationFile, (try? FileFacts.at(file, followsLinks: true)) == nil {
                return refused("Cannot find config file at '" + Shown.name(file) + "'.")
            }
            var start = Start(codes: .lsyncd)
            start.configurationFile = line.configurationFile
            start.overrides = line.overrides
            start.categories = line.categories
            if line.onlyTests, let file = line.configurationFile { return ConfigurationTest.begin(start, file) }
            return start.begin()
        }
    }

    private static func refused(_ text: ByteString) -> Beginning {
        Terminal.errors(LogFormat.startup(LogLine(.error, text)))
        return .ended(255)
    }
}
