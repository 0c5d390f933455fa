import Glibc
import MirrorCore
import MirrorLinux
import Synchronization

/// `lockstep-bench watch KIND DIRECTORY`: an event source of the program in a process of its own, so that its memory
/// and its time can be measured from outside. It writes a line for each probe, and counts the files `nNUMBER`.
enum Watcher {
    private final class Count: Sendable {
        private struct State {
            var seen = [Bool](repeating: false, count: 1_000_000)
            var losses = 0
        }

        private let state = Mutex(State())

        func take(_ notices: [Notice]) {
            state.withLock { state in
                for notice in notices { Self.take(notice, &state) }
            }
        }

        private static func take(_ notice: Notice, _ state: inout State) {
            switch notice {
            case .touched(let path, isDirectory: false), .fileArrived(let path): take(path, &state)
            case .lost, .missed: state.losses += 1
            case .live: Watcher.tell("live")
            default: break
            }
        }

        private static func take(_ path: RelativePath, _ state: inout State) {
            let start = (path.bytes.lastIndex(of: UInt8(ascii: "/")) ?? -1) + 1
            let name = path.bytes[start...]
            switch name.first {
            case UInt8(ascii: "n"):
                var number = 0
                for digit in name.dropFirst() { number = number &* 10 &+ Int(digit &- 0x30) }
                if state.seen.indices.contains(number) { state.seen[number] = true }
            case UInt8(ascii: "p"): Watcher.tell("\(path)")
            case UInt8(ascii: "e"):
                Watcher.tell("end \(state.seen.count { $0 }) \(state.losses)")
                state.seen = [Bool](repeating: false, count: state.seen.count)
            default: break
            }
        }
    }

    static func run(kind: String, root: String) throws -> Never {
        let kernel = try KernelThread()
        kernel.start()
        let count = Count()
        var order = WatchOrder(kernel: kernel, root: ByteString(root)) { count.take($0) }
        order.pace.limitRetry = .seconds(86400)
        let source: any EventSource = kind == "fanotify" ? try FanotifySource(order) : InotifySource(order)
        source.start()
        while true { pause() }
    }

    fileprivate static func tell(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = bytes.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
    }
}
