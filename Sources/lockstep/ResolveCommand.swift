import ArgumentParser
import MirrorCore
import MirrorLinux
import MirrorStatus

/// `lockstep resolve NAME`: what `discover.dns` starts, since a resolver may block for long and its answers come from
/// anywhere.
struct ResolveCommand: ParsableCommand, Beginner {
    static let configuration = CommandConfiguration(
        commandName: "resolve",
        abstract: "Prints the hosts that a name of the domain name system stands for, one a line.",
        discussion: "Addresses, or for a name such as _rsync._tcp.example.org hosts and ports. It is what "
            + "discover.dns in a configuration sees.",
        shouldDisplay: false)

    /// From sysexits(3).
    private static let temporary: Int32 = 75

    @Argument(help: "The name.")
    var name: String

    func begin(_ words: ProgramWords) throws -> Beginning {
        do throws(NameQuestion.Failure) {
            var text = ByteString()
            for line in try NameQuestion.lines(words.bytes(of: name)) { text += line + "\n" }
            Terminal.output(text)
            return .ended(0)
        } catch {
            switch error {
            case .none:
                Terminal.errors("there is no such name, or nothing of the kind under it\n")
                return .ended(1)
            case .temporary:
                Terminal.errors("the servers of names do not answer\n")
                return .ended(Self.temporary)
            case .unreadable:
                Terminal.errors("the answer of the servers of names is not well-formed\n")
                return .ended(Self.temporary)
            }
        }
    }
}
