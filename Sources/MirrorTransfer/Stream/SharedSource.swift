import DequeModule
import MirrorCore
import MirrorLinux
import MirrorReceiver
import MirrorWire
import Synchronization

/// What the passes of one source have seen of it, for one another: what goes to several targets at once is looked at,
/// read and encoded once.
///
/// Nobody may see less here than by looking for himself. A sighting counts for a change only if it began after the
/// change's newest notice had come, or after the job was made: what is written later has a notice of its own, and that
/// makes a newer change. What is gone is never taken from here: whoever deletes has looked.
///
/// It holds little and not for long. What all have taken goes at once, and where a target is so far behind that there
/// is no more room, the oldest goes: that target reads for itself then, and holds nobody up.
package final class SharedSource: Sendable {
    private struct Kept: Sendable {
        var file: SharedFile
        var offset: Int64
    }

    private struct State: Sendable {
        var running = 0
        var files: [RelativePath: SharedFile] = [:]
        /// All of them, and some that have been replaced, the oldest first.
        var order: Deque<(path: RelativePath, file: SharedFile)> = []
        /// What holds bytes, or did, the oldest first.
        var kept: Deque<Kept> = []
        var bytes = 0
    }

    private static let mostFiles = 16_384
    private let mostBytes: Int
    private let targets = Atomic(0)
    private let state = Mutex(State())

    package init(mostBytes: Int = 32 << 20) { self.mostBytes = mostBytes }

    /// A target of the source comes or goes.
    func join() { targets.add(1, ordering: .relaxed) }

    func leave() { targets.subtract(1, ordering: .relaxed) }

    /// Nothing is held where nothing runs.
    func beginPass() { state.withLock { $0.running += 1 } }

    func endPass() {
        state.withLock { state in
            state.running -= 1
            if state.running == 0 { state = State() }
        }
    }

    /// What is held of contents, in bytes.
    package var heldBytes: Int { state.withLock { $0.bytes } }

    /// What is seen of the path after this moment, by whoever comes first; nil where nobody else could want it.
    func file(_ path: RelativePath, since moment: Moment) -> SharedFile? {
        // Who is alone meets no lock.
        guard targets.load(ordering: .relaxed) > 1 else { return nil }
        return state.withLock { state in
            if let known = state.files[path], known.began >= moment { return known }
            let file = SharedFile(began: Clock.now())
            state.files[path] = file
            state.order.append((path, file))
            if state.order.count > Self.mostFiles, let oldest = state.order.popFirst(),
                state.files[oldest.path] === oldest.file
            {
                state.files[oldest.path] = nil
            }
            return file
        }
    }

    /// The whole of a small file; `read` is called where nobody has it.
    func whole(of file: SharedFile, _ read: () -> EncodedFile?) -> EncodedFile? {
        take(file, SharedFile.whole) { targets in file.whole(for: targets, read) }
    }

    /// A part of a large one, which is open as what was found. The caller reads where this says nothing.
    func piece(
        of file: SharedFile, _ found: FoundFile, at offset: Int64, _ read: () -> [UInt8]?
    ) -> [UInt8]? {
        take(file, offset) { targets in file.piece(found, at: offset, for: targets, read) }
    }

    private func take<Value>(
        _ file: SharedFile, _ offset: Int64, _ body: (Int) -> SharedFile.Taken<Value>
    ) -> Value? {
        let taken = body(targets.load(ordering: .relaxed))
        guard taken.kept > 0 || taken.freed > 0 else { return taken.value }
        var excess = state.withLock { state in
            state.bytes += taken.kept - taken.freed
            if taken.kept > 0 { state.kept.append(Kept(file: file, offset: offset)) }
            return nextExcess(&state)
        }
        while let oldest = excess {
            let freed = oldest.file.drop(oldest.offset)
            excess = state.withLock { state in
                state.bytes -= freed
                return nextExcess(&state)
            }
        }
        return taken.value
    }

    /// What has been dropped by its last taker is passed over as well, so that the list does not grow for ever.
    private func nextExcess(_ state: inout State) -> Kept? {
        let isFull = state.bytes > mostBytes || state.kept.count > 4 * Self.mostFiles
        return isFull ? state.kept.popFirst() : nil
    }
}

/// What has been seen of one path since a certain moment. Whoever comes first looks, while the others wait for it.
final class SharedFile: Sendable {
    struct Taken<Value> {
        var value: Value?
        /// Bytes that are held since, and that no longer are.
        var kept = 0
        var freed = 0
    }

    /// Stands for all of a small file, where others have an offset.
    static let whole: Int64 = -1

    private struct Part<Value: Sendable>: Sendable {
        var value: Value
        var takers = 1
    }

    private struct State: Sendable {
        var look: (FoundFile, Metadata)?
        var whole: Part<EncodedFile>?
        /// A large file as it was before any part of it was read.
        var opened: FoundFile?
        var pieces: [Int64: Part<[UInt8]>] = [:]
        /// Up to here all has been held once, and what is not there has gone.
        var furthest: Int64 = -2
    }

    let began: Moment
    private let state = Mutex(State())

    init(began: Moment) { self.began = began }

    /// What stands there, with its attributes; only what was found is kept.
    func look(_ body: () -> (FoundFile, Metadata)?) -> (FoundFile, Metadata)? {
        state.withLock { state in
            if let look = state.look { return look }
            let look = body()
            state.look = look
            return look
        }
    }

    func whole(for targets: Int, _ read: () -> EncodedFile?) -> Taken<EncodedFile> {
        let taken = state.withLock { state -> Taken<EncodedFile>? in
            if let part = state.whole {
                let isLast = part.takers + 1 >= targets
                state.whole = isLast ? nil : Part(value: part.value, takers: part.takers + 1)
                return Taken(value: part.value, freed: isLast ? part.value.byteCount : 0)
            }
            guard state.furthest < Self.whole else { return nil }
            guard let value = read() else { return Taken() }
            state.whole = Part(value: value)
            state.furthest = Self.whole
            return Taken(value: value, kept: value.byteCount)
        }
        return taken ?? Taken(value: read())
    }

    func piece(
        _ found: FoundFile, at offset: Int64, for targets: Int, _ read: () -> [UInt8]?
    ) -> Taken<[UInt8]> {
        let taken = state.withLock { state -> Taken<[UInt8]>? in
            state.opened = state.opened ?? found
            guard state.opened == found else { return nil }
            if let part = state.pieces[offset] {
                let isLast = part.takers + 1 >= targets
                state.pieces[offset] = isLast ? nil : Part(value: part.value, takers: part.takers + 1)
                return Taken(value: part.value, freed: isLast ? part.value.count : 0)
            }
            guard offset > state.furthest else { return nil }
            guard let value = read() else { return Taken() }
            state.pieces[offset] = Part(value: value)
            state.furthest = offset
            return Taken(value: value, kept: value.count)
        }
        return taken ?? Taken(value: read())
    }

    /// What it held there, in bytes.
    func drop(_ offset: Int64) -> Int {
        state.withLock { state in
            if offset != Self.whole { return state.pieces.removeValue(forKey: offset)?.value.count ?? 0 }
            defer { state.whole = nil }
            return state.whole?.value.byteCount ?? 0
        }
    }
}

/// The sources that several targets may share. Who wants other attributes of files shares nothing: what others have
/// not read they can't give.
package final class SharedSources: Sendable {
    private struct Key: Hashable {
        var path: ByteString
        var preserving: UInt32
    }

    private let sources = Mutex<[Key: SharedSource]>([:])

    package init() {}

    func source(_ path: ByteString, for options: StreamOptions) -> SharedSource {
        let key = Key(path: path, preserving: options.preserving.rawValue)
        return sources.withLock { sources in
            if let known = sources[key] { return known }
            let source = SharedSource()
            sources[key] = source
            return source
        }
    }
}
