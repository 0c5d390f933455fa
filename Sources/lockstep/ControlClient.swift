import ArgumentParser
import Glibc
import MirrorCore
import MirrorDaemon
import MirrorLinux
import MirrorStatus

/// Which running program is meant: options of every command that talks to one.
struct RunningProgram: ParsableArguments {
    @Option(help: ArgumentHelp("The program that runs with this configuration.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("The program with this process id.", valueName: "number"))
    var pid: Int32?

    @Option(help: ArgumentHelp("Where it listens, if its configuration says so.", valueName: "path"))
    var socket: String?

    @Option(help: ArgumentHelp("Where it keeps its state, if its configuration says so.", valueName: "dir"))
    var stateDir: String?
}

/// Why nobody answered.
struct ControlRefusal: Error {
    var code: Int32
    var text: ByteString
}

/// Asks a running program, and shows the answer.
struct ControlClient {
    /// From sysexits(3).
    static let unavailable: Int32 = 69

    let command: String
    let program: RunningProgram
    let words: ProgramWords
    /// It is enough to look: then the socket for readers will do.
    var isALook = false

    /// A place where a program listens.
    struct Listener {
        var socket: ByteString
        var process: ByteString
        var configuration: ByteString
        /// It takes connections, and says nothing.
        var hangs = false

        init(socket: ByteString, process: ByteString, configuration: ByteString) {
            (self.socket, self.process, self.configuration) = (socket, process, configuration)
        }

        init(socket: ByteString, hanging process: ByteString) {
            self.init(socket: socket, process: process, configuration: "")
            hangs = true
        }
    }

    enum Found {
        case socket(ByteString)
        case failed(Int32, ByteString)
        /// The process.
        case hangs(ByteString)
    }

    /// Blocking, until the answer is there. Ends with an exit code.
    func run(_ request: ControlRequest) -> Beginning {
        var client = self
        client.isALook = request.isALook
        switch client.find() {
        case .failed(let code, let text): return failed(text, code)
        case .hangs(let process): return failed(Self.hanging(process), Self.unavailable)
        case .socket(let socket): return .ended(client.ask(socket, request))
        }
    }

    /// Asks once, shows the answer, and answers the exit code.
    func ask(_ socket: ByteString, _ request: ControlRequest) -> Int32 {
        switch answer(socket, request) {
        case .success(let answer):
            if answer.code == 0 { Terminal.output(answer.text) } else { Terminal.errors(answer.text) }
            return answer.code
        case .failure(let refusal): return tell(refusal)
        }
    }

    func tell(_ refusal: ControlRefusal) -> Int32 {
        _ = failed(refusal.text, refusal.code)
        return refusal.code
    }

    /// A program that starts anew meanwhile is asked again.
    func answer(_ socket: ByteString, _ request: ControlRequest) -> Result<ControlAnswer, ControlRefusal> {
        let attempts = 40
        var socket = socket
        for attempt in 1...attempts {
            do throws(SystemCallError) {
                if let answer = ControlAnswer(received: try bytes(of: socket, request)) {
                    return .success(answer)
                }
            } catch {
                if error.isDenial {
                    let readers = ControlSocket.forReaders(socket)
                    guard request.isALook, attempt < attempts, canBeAsked(readers) else {
                        return .failure(ControlRefusal(code: ControlAnswer.notPermitted, text: denied(error)))
                    }
                    socket = readers
                    continue
                }
                // Reading its configuration again, a program is away for a moment; one that was never there is not.
                guard attempt > 1, attempt < attempts, [ENOENT, ECONNREFUSED, EPIPE, ECONNRESET].contains(error.errno)
                else { return .failure(ControlRefusal(code: Self.unavailable, text: gone(error))) }
            }
            usleep(250_000)
        }
        return .failure(ControlRefusal(code: Self.unavailable, text: "the program ended before it answered"))
    }

    /// The one that is meant, or why there is none.
    func socket() -> Result<ByteString, Refusal> {
        switch find() {
        case .socket(let socket): .success(socket)
        case .failed(let code, let text): .failure(Refusal(ending: failed(text, code)))
        case .hangs(let process): .failure(Refusal(ending: failed(Self.hanging(process), Self.unavailable)))
        }
    }

    /// Of the program that is meant.
    func configuration() -> Result<ByteString, Refusal> {
        switch find() {
        case .failed(let code, let text): return .failure(Refusal(ending: failed(text, code)))
        case .hangs(let process): return .failure(Refusal(ending: failed(Self.hanging(process), Self.unavailable)))
        case .socket(let socket):
            guard let listener = try? listener(socket) else {
                return .failure(Refusal(ending: failed("the program does not answer", Self.unavailable)))
            }
            guard !listener.configuration.isEmpty else {
                let text: ByteString = "it runs without a configuration (lockstep mirror)"
                return .failure(Refusal(ending: failed(text, ExitCodes.usage)))
            }
            return .success(listener.configuration)
        }
    }

    struct Refusal: Error {
        let ending: Beginning
    }

    func find() -> Found {
        if let socket = program.socket { return .socket(Path.absolute(words.bytes(of: socket))) }
        let directory = ControlSocket.directory(in: stateDirectory)
        if let pid = program.pid { return .socket(directory + ByteString("/\(pid)")) }
        let names: [ByteString]
        do throws(SystemCallError) {
            names = try Directory.entries(of: directory).map(\.name)
        } catch {
            if error.isDenial { return .failed(ControlAnswer.notPermitted, denied(error)) }
            return .failed(Self.unavailable, noneRuns)
        }
        var refused: SystemCallError?
        var found: [Listener] = []
        for name in names.sorted() where ControlSocket.process(ofName: name) != nil {
            do throws(SystemCallError) {
                if let listener = try listener(directory + "/" + name) { found.append(listener) }
            } catch {
                if error.isDenial { refused = error }
                if error.errno == ETIMEDOUT { found.append(Listener(socket: directory + "/" + name, hanging: name)) }
            }
        }
        // Somebody runs, and is not to be asked by this user: that is not the same as nobody.
        if found.isEmpty, let refused { return .failed(ControlAnswer.notPermitted, denied(refused)) }
        return choose(among: found)
    }

    private func choose(among all: [Listener]) -> Found {
        var meant = all
        if let config = program.config {
            let written = Path.absolute(words.bytes(of: config))
            let real = (try? RealPath.resolve(written)) ?? written
            meant = all.filter { [written, real].contains($0.configuration) || isSame($0.configuration, real) }
            // One that says nothing may be it.
            if meant.isEmpty { meant = all.filter(\.hangs) }
        }
        if meant.count == 1 { return meant[0].hangs ? .hangs(meant[0].process) : .socket(meant[0].socket) }
        guard !meant.isEmpty || !all.isEmpty else { return .failed(Self.unavailable, noneRuns) }
        var text: ByteString =
            meant.isEmpty ? "no program runs with that configuration; these run:\n" : "which one? These run:\n"
        for listener in all {
            let unnamed: ByteString = listener.hangs ? "(does not answer)" : "(lockstep mirror)"
            let file = listener.configuration.isEmpty ? unnamed : listener.configuration
            text += "  --pid " + listener.process + "  " + Shown.name(file) + "\n"
        }
        // The one that is meant does not run; of several that do, one has to be named.
        let code = meant.isEmpty ? Self.unavailable : ExitCodes.usage
        return .failed(code, text + "  name it with --config or --pid")
    }

    /// Also one that is named by another path.
    private func isSame(_ configuration: ByteString, _ real: ByteString) -> Bool {
        (try? RealPath.resolve(configuration)) == real
    }

    /// Whether this user may ask there; the socket for readers stands beside the other one.
    private func canBeAsked(_ socket: ByteString) -> Bool {
        (try? bytes(of: socket, .hello)) != nil
    }

    private func bytes(of socket: ByteString, _ request: ControlRequest) throws(SystemCallError) -> ByteString {
        try LocalSocket.ask(socket, request.words, patience: request.patience)
    }

    /// nil where nobody listens any more.
    func listener(_ socket: ByteString) throws(SystemCallError) -> Listener? {
        var bytes: ByteString
        do throws(SystemCallError) {
            bytes = try self.bytes(of: socket, .hello)
        } catch {
            guard error.isDenial, isALook else { throw error }
            do throws(SystemCallError) {
                bytes = try self.bytes(of: ControlSocket.forReaders(socket), .hello)
            } catch let other {
                // What bars the way is what stands before everybody, not that there is no place for readers.
                throw other.errno == ENOENT ? error : other
            }
        }
        guard let answer = ControlAnswer(received: bytes) else { return nil }
        let lines = answer.text.split(separator: UInt8(ascii: "\n"))
        guard lines.count >= 2 else { return nil }
        return Listener(socket: socket, process: lines[0], configuration: lines[1])
    }

    private var stateDirectory: ByteString {
        var settings = Settings()
        settings.stateDirectory = program.stateDir.map { Path.absolute(words.bytes(of: $0)) }
        return StateDirectory.of(settings)
    }

    private var noneRuns: ByteString {
        "no lockstep runs here that keeps its state in " + Shown.name(stateDirectory)
            + "\n  start one, or say where with --state-dir or --socket; run it as the user that runs the mirror"
    }

    private func denied(_ error: SystemCallError) -> ByteString {
        ByteString("\(error.description)\n")
            + "  run it as the user that runs the mirror, or as a member of its controlGroup"
            + (isALook ? " or controlReaders" : "")
    }

    static func hanging(_ process: ByteString) -> ByteString {
        "process " + process + " takes the question and does not answer: it hangs, or the machine does not get to it\n"
            + "  lockstep capsule writes down what can be had; a unit's watchdog starts it anew by itself"
    }

    private func gone(_ error: SystemCallError) -> ByteString {
        if error.errno == ETIMEDOUT {
            return Self.hanging(error.path?.split(separator: UInt8(ascii: "/")).last ?? "")
        }
        return goneAway(error)
    }

    private func goneAway(_ error: SystemCallError) -> ByteString {
        ByteString("the program does not answer (\(error.description))\n  is it running? `lockstep status` lists all")
    }

    func failed(_ text: ByteString, _ code: Int32) -> Beginning {
        Terminal.errors(ByteString("lockstep \(command): ") + text + (text.hasSuffix("\n") ? "" : "\n"))
        return .ended(code)
    }
}

extension SystemCallError {
    fileprivate var isDenial: Bool { errno == EACCES || errno == EPERM }
}
