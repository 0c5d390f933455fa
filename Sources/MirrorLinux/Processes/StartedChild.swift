internal import CLinux
import Glibc
import MirrorCore

/// A process that has just been started, with our ends of its pipes.
struct StartedChild: ~Copyable {
    let pid: pid_t
    let handle: Descriptor
    let output: Descriptor
    let errors: Descriptor

    /// Returns when the program runs, or says exactly what refused: execve's errno comes through the memory that the
    /// child shares with us until then.
    init(_ command: Command) throws(SystemCallError) {
        let input = try Self.openInput(command.input)
        let output = try Pipe()
        let errors = try Pipe()
        var handle: Int32 = -1
        var step: Int32 = 0
        let answer = Self.spawn(
            command, input: command.channel ?? input.number, output: command.channel ?? output.writeEnd.number,
            errors: errors.writeEnd.number
        ) { cl_spawn($0, &handle, &step) }
        guard answer > 0 else { throw Self.error(-answer, step: step, command) }
        pid = answer
        self.handle = Descriptor(handle)
        self.output = output.takeReadEnd()
        self.errors = errors.takeReadEnd()
    }

    private static func spawn(
        _ command: Command, input: Int32, output: Int32, errors: Int32,
        _ start: (UnsafePointer<cl_spawn>) -> Int32
    ) -> Int32 {
        func withDirectory(_ body: (UnsafePointer<CChar>?) -> Int32) -> Int32 {
            command.workingDirectory.map { $0.withCPath(body) } ?? body(nil)
        }
        func withEnvironment(_ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>?) -> Int32) -> Int32? {
            guard let words = command.environment else { return body(cl_environment()) }
            return withCStrings(words) { body($0) }
        }
        let answer = withCStrings(command.arguments) { arguments in
            withEnvironment { environment in
                withDirectory { directory in
                    command.executable.withCPath { path in
                        var what = cl_spawn(
                            path: path, argv: arguments, envp: environment, directory: directory, input: input,
                            output: output, errors: errors)
                        return start(&what)
                    }
                }
            }
        }
        // A word with a zero byte can't be handed over.
        return (answer ?? nil) ?? -EINVAL
    }

    private static func error(_ errno: Int32, step: Int32, _ command: Command) -> SystemCallError {
        switch UInt32(step) {
        case CL_STEP_CHDIR.rawValue:
            SystemCallError(call: "chdir", path: command.workingDirectory, errno: errno)
        case CL_STEP_EXEC.rawValue: SystemCallError(call: "execve", path: command.executable, errno: errno)
        default: SystemCallError(call: "clone", path: command.executable, errno: errno)
        }
    }

    /// A file in memory takes input of any size without a writer, a pipe that fills up, or SIGPIPE.
    private static func openInput(_ bytes: [UInt8]?) throws(SystemCallError) -> Descriptor {
        guard let bytes else {
            let fd = open("/dev/null", O_RDONLY | O_CLOEXEC)
            return Descriptor(try checked("open", "/dev/null", fd < 0 ? -errno : fd))
        }
        let file = Descriptor(try checked("memfd_create", nil, cl_memfd("input")))
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { write(file.number, $0.baseAddress! + done, bytes.count - done) }
            guard count > 0 else { throw SystemCallError(call: "write", path: "memfd", errno: errno) }
            done += count
        }
        lseek(file.number, 0, SEEK_SET)
        return file
    }
}

/// A pipe whose reading end does not block.
private struct Pipe: ~Copyable {
    private let readEnd: Descriptor
    let writeEnd: Descriptor

    init() throws(SystemCallError) {
        var ends: (Int32, Int32) = (-1, -1)
        let answer = withUnsafeMutablePointer(to: &ends) { pointer in
            pointer.withMemoryRebound(to: Int32.self, capacity: 2) { cl_pipe($0) }
        }
        try checked("pipe2", nil, answer)
        readEnd = Descriptor(ends.0)
        writeEnd = Descriptor(ends.1)
        _ = fcntl(ends.0, F_SETFL, O_NONBLOCK)
    }

    consuming func takeReadEnd() -> Descriptor { readEnd }
}
