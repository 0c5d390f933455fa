import Glibc
import MirrorCore
import MirrorLinux
import MirrorTesting

/// A program that watches a tree, and what it costs, as the kernel counts it.
struct WatchingProgram {
    enum Kind: String, CaseIterable { case fanotify, inotify, inotifywait, lsyncd }

    let kind: Kind
    private let child: ChildProcess
    /// Where it writes the names that it sees, if not to its output.
    private let list: ByteString?
    private let place: TemporaryTree

    init(_ kind: Kind, on root: ByteString) throws {
        self.kind = kind
        place = try TemporaryTree()
        switch kind {
        case .fanotify, .inotify:
            list = nil
            let words: [ByteString] = [LockstepProcess.buildDirectory + "/lockstep-bench", "watch"]
            child = try ChildProcess(words + [ByteString(kind.rawValue), root])
        case .inotifywait:
            list = nil
            let events: ByteString = "modify,attrib,close_write,create,delete,move"
            child = try ChildProcess(["inotifywait", "-r", "-m", "-e", events, "--format", "%w%f", root])
        case .lsyncd:
            list = place.path + "/list"
            let text =
                """
                settings{ nodaemon = true, maxProcesses = 1 }
                local list = io.open("\(place.path)/list", "a")
                local function tell(event)
                  list:write(event.pathname, "\\n")
                  list:flush()
                end
                sync{ source = "\(root)", delay = 0, onCreate = tell, onModify = tell }
                """
            try place.tree.write("list", "")
            try place.tree.write("conf", ByteString(text))
            child = try ChildProcess(["lsyncd", "-nodaemon", place.path + "/conf"])
        }
    }

    var text: ByteString {
        guard let list else { return child.outputBytes }
        return (try? DirectoryTree(place.path).read(ByteString(list.bytes.dropFirst(place.path.count + 1)))) ?? ""
    }

    var hasEnded: Bool { child.exit != nil }
    var errors: String { child.errorText }

    func stop() { child.kill() }
    func signal(_ number: Int32) { child.signal(number) }

    /// User and system time, in seconds.
    var cpu: Double {
        let fields = file("stat").split(separator: ")").last?.split(separator: " ") ?? []
        let ticks = fields.count > 12 ? (Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0) : 0
        return ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Resident memory in kilobytes.
    var memory: Int { number("VmRSS:", in: file("status")) }

    /// How often its threads have gone to sleep.
    var sleeps: Int {
        let threads = (try? DirectoryTree(ByteString("/proc/\(child.identifier)/task")).names()) ?? []
        return threads.reduce(0) { $0 + number("voluntary_ctxt_switches:", in: file("task/\($1)/status")) }
    }

    private func file(_ name: String) -> String {
        (try? DirectoryTree(ByteString("/proc/\(child.identifier)")).read(ByteString(name)).description) ?? ""
    }

    private func number(_ field: String, in text: String) -> Int {
        let line = text.split(separator: "\n").first { $0.hasPrefix(field) } ?? ""
        return line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) } ?? 0
    }
}
