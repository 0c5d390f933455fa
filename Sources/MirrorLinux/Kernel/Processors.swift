import Glibc

/// What the machine's processors have to do.
enum Processors {
    /// Whether more threads can run than there are processors, so that some that could go on stand still. False where
    /// the kernel does not say. 20 microseconds (proc(5), `/proc/loadavg`, fourth field).
    static func areCrowded() -> Bool {
        areCrowded(load: SmallFile.read("/proc/loadavg", limit: 256), processors: sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    }

    static func areCrowded(load: [UInt8], processors: Int) -> Bool {
        let fields = load.split(separator: UInt8(ascii: " "))
        guard fields.count > 3, let running = fields[3].split(separator: UInt8(ascii: "/")).first,
            let count = Int(String(decoding: running, as: UTF8.self))
        else { return false }
        return count > processors
    }
}
