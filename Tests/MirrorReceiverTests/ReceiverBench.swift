import MirrorCore
import MirrorLinux
import MirrorReceiver
import MirrorTesting
import MirrorWire

/// A receiver over a tree in memory, and a directory beside it that nothing may ever reach.
final class ReceiverBench {
    let place: TemporaryTree
    let target: DirectoryTree
    let outside: DirectoryTree
    private var receiver: Receiver?
    private var answers: [Answer] = []
    private var lastNumber: UInt32 = 0

    init(_ preserving: Hello.Preserving = .all) throws {
        place = try TemporaryTree(.memory)
        target = try place.directory("target")
        outside = try place.directory("outside")
        receiver = Receiver(root: try BeneathTree(target.root)) { [unowned self] in answers.append($0) }
        try receiver?.take(.hello(Hello(preserving: preserving)))
        answers = []
    }

    /// The connection is over.
    func end() { receiver = nil }

    func send(_ order: Order) throws { try receiver?.take(order) }

    /// One order, which gets the next number, and what it was answered.
    func ask(_ order: (UInt32) -> Order) throws -> Answer? {
        lastNumber += 1
        answers = []
        try receiver?.take(order(lastNumber))
        receiver?.pause()
        return answers.last
    }

    func effects(_ order: (UInt32) -> Order) throws -> Answer.Effects? {
        guard case .done(_, let effects) = try ask(order) else { return nil }
        return effects
    }

    /// The errno; zero where it was done.
    func refusal(_ order: (UInt32) -> Order) throws -> Int32? {
        switch try ask(order) {
        case .failed(_, let errno): Int32(bitPattern: errno)
        case .done: 0
        default: nil
        }
    }

    func put(
        _ path: RelativePath, _ content: ByteString, _ conditions: Order.Conditions = [], mode: UInt16 = 0o640,
        seconds: Int64 = 1000
    ) throws -> Int32? {
        let metadata = Metadata(
            kind: .regular, mode: mode, owner: (12, 34), size: UInt64(content.count), time: (seconds, 123_456_789))
        return try refusal { .put($0, path, metadata, conditions, content: content.bytes) }
    }

    func list(_ path: RelativePath) throws -> [ListedEntry] {
        var all: [ListedEntry] = []
        _ = try ask { .list($0, path) }
        for case .entries(_, let entries, _) in answers { all += entries }
        return all
    }

    /// Names of temporary files, wherever they are.
    func leftovers() throws -> [ByteString] {
        try target.everything().keys.filter { TemporaryName.isTemporary($0.split(separator: 0x2f).last ?? "") }
    }
}

extension DirectoryTree {
    /// Every name below the root.
    func everything(_ path: ByteString = "") throws -> [ByteString: FileStatus] {
        var all: [ByteString: FileStatus] = [:]
        for name in try names(path) {
            let below = path.isEmpty ? name : path + "/" + name
            guard let status = try status(below) else { continue }
            all[below] = status
            if status.kind == .directory { all.merge(try everything(below)) { $1 } }
        }
        return all
    }
}
