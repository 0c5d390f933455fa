package import Glibc
import MirrorCore

/// Who descends from whom, read from /proc.
package enum ProcessTree {
    /// The direct children of a process.
    package static func children(of process: pid_t) -> [pid_t] {
        let proc = DirectoryTree(ByteString("/proc/\(process)/task"))
        guard let threads = try? proc.names() else { return [] }
        return threads.flatMap { thread -> [pid_t] in
            guard let text = try? proc.read(thread + "/children") else { return [] }
            return text.split(separator: UInt8(ascii: " ")).compactMap { pid_t($0.description) }
        }
    }

    /// All that descend from a process, parents first; itself not included.
    package static func descendants(of process: pid_t) -> [pid_t] {
        children(of: process).flatMap { [$0] + descendants(of: $0) }
    }

    /// What the kernel calls it (proc(5), comm); empty where it is gone.
    static func name(of process: pid_t) -> ByteString {
        let name = (try? DirectoryTree(ByteString("/proc/\(process)")).read("comm")) ?? ""
        return ByteString(name.bytes.dropLast())
    }

    /// Ends a process and everything that descends from it. sshd's sessions leave its process group, so a signal to the
    /// group would not reach them. It is stopped first: what doesn't run can't have another child.
    package static func killAll(under process: pid_t) {
        Glibc.kill(process, SIGSTOP)
        let below = descendants(of: process)
        for one in [process] + below { Glibc.kill(one, SIGKILL) }
    }
}
