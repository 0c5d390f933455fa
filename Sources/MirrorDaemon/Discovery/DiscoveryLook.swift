package import MirrorCore
import MirrorLinux
import MirrorStatus
import MirrorTransfer

/// What one look for targets came to.
package struct DiscoveryNews: Sendable {
    package enum Result: Sendable, Equatable {
        case answered([UInt8])
        /// The cause, and what a person can do.
        case failed(ByteString)
    }

    package var index: Int
    package var result: Result
}

/// Looks for targets, beside the loop and within a time.
enum DiscoveryLook {
    static let timeLimit = Duration.seconds(30)
    static let longestAnswer = 1 << 20
    /// Tokens of jobs count from one, and never get so far.
    static func token(_ index: Int) -> UInt64 { 1 << 62 | UInt64(index) }

    static func run(
        _ discovery: DiscoverySettings, token: UInt64, kernel: KernelThread, pool: BlockingPool
    ) async -> DiscoveryNews.Result {
        switch discovery.way {
        case .file(let path): return await pool.run { read(path) }
        case .dns(let name):
            guard let program = try? RealPath.resolve("/proc/self/exe") else {
                return .failed("this program does not find itself\n  is /proc mounted?")
            }
            return await run([program, "resolve", name], program, token, kernel)
        case .exec(let words):
            let environment = ProgramEnvironment.inherited
            guard let name = words.first, let program = Programs.find(name, path: environment["PATH"]) else {
                return .failed(
                    "there is no program \"" + Shown.name(words.first ?? "") + "\"\n  install it, or mend the name")
            }
            return await run(words, program, token, kernel)
        }
    }

    private static func read(_ path: ByteString) -> DiscoveryNews.Result {
        do throws(SystemCallError) {
            guard let text = try RegularFile.read(path, limit: longestAnswer + 1) else {
                return .failed("there is no such file\n  create it with a target on each line")
            }
            guard text.count <= longestAnswer else { return .failed("the file is longer than a megabyte") }
            return .answered(text)
        } catch {
            return .failed(
                ByteString("it cannot be read (\(error.cause))\n  let the user that runs this program read it"))
        }
    }

    private static func run(
        _ words: [ByteString], _ program: ByteString, _ token: UInt64, _ kernel: KernelThread
    ) async -> DiscoveryNews.Result {
        var command = Command(executable: program, arguments: words, environment: ProgramEnvironment.inherited.words)
        command.timeLimit = timeLimit
        command.outputLimit = longestAnswer + 4096
        command.token = token
        let end = await kernel.run(command)
        let said = ByteString(end.errors).split(separator: UInt8(ascii: "\n")).last { !$0.isEmpty } ?? ""
        let told = said.isEmpty ? said : ": " + Shown.name(ByteString(said.bytes.prefix(300)))
        switch end.ending {
        case .exited(0):
            guard end.output.count <= longestAnswer else { return .failed("the answer is longer than a megabyte") }
            return .answered(end.output)
        case .exited(let code): return .failed(ByteString("it ended with exit code \(code)") + told)
        case .killed(let signal): return .failed(ByteString("it was killed by signal \(signal)") + told)
        case .timedOut, .stalled: return .failed("it gave no answer within 30 seconds and was stopped")
        case .stopped: return .failed("it was stopped")
        case .notStarted(let error): return .failed(ByteString("it could not be started (\(error.cause))"))
        }
    }
}
