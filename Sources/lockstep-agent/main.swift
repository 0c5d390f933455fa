import Glibc
import MirrorCore
import MirrorLinux
import MirrorReceiver

/// The far end of the stream: `lockstep-agent --root DIRECTORY` takes orders on standard input and answers on standard
/// output. It reads its few words itself, so that it stays small.
enum Agent {
    static let usage = """
        lockstep-agent --root DIRECTORY [--make]

        The far end of a sync{ default.stream, … } of lockstep, which starts it. It writes below DIRECTORY and
        nowhere else, until standard input is closed. With --make a missing DIRECTORY is made, if the one above it is there.

        """

    enum Code {
        static let usage: Int32 = 64
        static let noRoot: Int32 = 73
        static let protocolError: Int32 = 76
        static let kernel: Int32 = 69
        static let broken: Int32 = 74
    }

    static func say(_ text: String) {
        let bytes = Array(("lockstep-agent: " + text + "\n").utf8)
        _ = write(2, bytes, bytes.count)
    }

    /// What it was called with, as the bytes that it is.
    static var words: [ByteString] {
        (0..<Int(CommandLine.argc)).compactMap { index in
            CommandLine.unsafeArgv[index].map {
                ByteString(UnsafeBufferPointer(start: $0, count: strlen($0)).map(UInt8.init(bitPattern:)))
            }
        }
    }

    static func run(_ words: [ByteString]) -> Int32 {
        var root: ByteString?
        var makes = false
        var rest = words.dropFirst()
        while let word = rest.popFirst() {
            switch word {
            case "--root": root = rest.popFirst()
            case "--make": makes = true
            case "--help", "-h":
                _ = write(1, usage, usage.utf8.count)
                return 0
            default:
                say("\(word) is no option of it; see lockstep-agent --help")
                return Code.usage
            }
        }
        guard let root, !root.isEmpty else {
            say("--root DIRECTORY is missing; see lockstep-agent --help")
            return Code.usage
        }
        return serve(root, makes: makes)
    }

    private static func serve(_ root: ByteString, makes: Bool) -> Int32 {
        // It ends when the connection does, and takes its temporary files away first.
        for number in [SIGPIPE, SIGTERM, SIGHUP, SIGINT] { signal(number, SIG_IGN) }
        if makes { _ = root.withCPath { mkdir($0, 0o777) } }
        do throws(SystemCallError) {
            let tree = try BeneathTree(root)
            // A kernel that can't confine us (before 5.6) must not get anything written.
            _ = try tree.names(.root)
            switch ReceivingSession.run(root: tree, input: 0, output: 1, pulses: true) {
            case .closed: return 0
            case .refused(let text):
                say("\(text); the connection ends")
                return Code.protocolError
            case .broken(let errno):
                say("the connection broke: \(SystemCallError.text(of: errno))")
                return Code.broken
            }
        } catch {
            say(error.description)
            return error.errno == ENOSYS ? Code.kernel : Code.noRoot
        }
    }
}

exit(Agent.run(Agent.words))
