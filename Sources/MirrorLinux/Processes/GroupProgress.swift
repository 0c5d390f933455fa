import Glibc
import MirrorCore

/// What a process group has done so far, as one number that changes whenever one of its processes reads, writes,
/// computes, starts or ends.
///
/// Of a connection that another program holds (`ssh` below rsync) only that it stands is counted: its keep-alives go on
/// while nothing else moves, and what moves through it is read or written by the program that holds it.
enum GroupProgress {
    static func measure(group: pid_t) -> UInt64 {
        guard let directory = opendir("/proc") else { return 0 }
        defer { closedir(directory) }
        var sum: UInt64 = 0
        while let entry = readdir(directory) {
            guard let pid = number(of: entry) else { continue }
            guard let fields = statFields(of: pid), fields.group == group else { continue }
            sum &+= UInt64(pid)
            if fields.isConnection, pid != group { continue }
            sum &+= fields.ticks &+ transferred(by: pid)
        }
        return sum
    }

    /// wchar of proc_pid_io(5); nil where it may not be read.
    static func written(by pid: pid_t) -> Int? {
        for line in SmallFile.read("/proc/\(pid)/io").split(separator: UInt8(ascii: "\n")) {
            let parts = line.split(separator: UInt8(ascii: " "))
            if parts.count == 2, parts[0].elementsEqual("wchar:".utf8) {
                return Int(String(decoding: parts[1], as: UTF8.self))
            }
        }
        return nil
    }

    private static func number(of entry: UnsafeMutablePointer<dirent>) -> pid_t? {
        withUnsafePointer(to: &entry.pointee.d_name) { name in
            name.withMemoryRebound(to: CChar.self, capacity: 256) { name in
                guard name[0] >= 0x30, name[0] <= 0x39 else { return nil }
                return pid_t(atoi(name))
            }
        }
    }

    /// proc_pid_stat(5): the command may hold spaces and brackets, so fields count from the last bracket.
    private static func statFields(of pid: pid_t) -> (group: pid_t, ticks: UInt64, isConnection: Bool)? {
        let text = SmallFile.read("/proc/\(pid)/stat")
        guard let bracket = text.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = text[(bracket + 1)...].split(separator: UInt8(ascii: " "))
        guard fields.count > 12 else { return nil }
        let numbers = [fields[2], fields[11], fields[12]].map { UInt64(String(decoding: $0, as: UTF8.self)) ?? 0 }
        let name = text[..<bracket].drop { $0 != UInt8(ascii: "(") }.dropFirst()
        return (pid_t(truncatingIfNeeded: numbers[0]), numbers[1] &+ numbers[2], name.elementsEqual("ssh".utf8))
    }

    /// rchar and wchar of proc_pid_io(5); it is not readable for processes of somebody else, whose time counts alone.
    private static func transferred(by pid: pid_t) -> UInt64 {
        SmallFile.read("/proc/\(pid)/io").split(separator: UInt8(ascii: "\n")).prefix(2).reduce(0) { sum, line in
            let value = line.split(separator: UInt8(ascii: " ")).last.map { String(decoding: $0, as: UTF8.self) }
            return sum &+ (value.flatMap { UInt64($0) } ?? 0)
        }
    }
}
