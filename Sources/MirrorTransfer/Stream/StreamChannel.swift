internal import CLinux
import DequeModule
import Glibc
import MirrorCore
import MirrorLinux
import MirrorWire

/// Why nothing more comes through a channel.
enum ChannelEnd: Error, Sendable, Equatable {
    case closed
    /// Nothing was heard for too long: it is dead, or the way to it is.
    case silent
    /// It lives, but nothing was done for too long.
    case stalled
    case stopped
    /// Before something was to be deleted, the source was found not to be what it was.
    case suspect(SourceSuspicion)
    /// The agent's last words.
    case refused(ByteString)
    /// What came is no answer, or not the one whose turn it was.
    case garbled
}

/// How long an agent may keep us waiting.
struct StreamPatience: Sendable {
    /// Without any sign. An agent that is at work gives one every two seconds, whatever it does.
    var silence: Duration
    /// With signs, but without an answer, and without taking anything.
    var standstill: Duration
}

/// Our end of the connection to one agent: orders go in, answers come out, in the same order. It belongs to the one
/// job that runs, on a thread that may block.
struct StreamChannel: Sendable {
    /// What an answer means to the pass that gave the order.
    struct Pending: Sendable {
        var number: UInt32
        var bytes: Int
        var errand: Errand
        /// Entries of a list that is not complete.
        var entries: [ListedEntry] = []
        /// And hashes.
        var hashes: [ContentHash] = []
    }

    private static let gathered = 64 << 10
    private static let slice = Duration.milliseconds(200)
    /// Of one directory of the target; a list beyond is no honest one.
    private static let mostEntries = 20_000_000

    let descriptor: Int32
    private(set) var pending: Deque<Pending> = []
    private(set) var heard: Deque<(errand: Errand, answer: Answer)> = []
    /// Bytes on the channel since its begin, both ways.
    private(set) var traffic = 0
    /// It has answered since the last job began.
    var hasAnswered = false
    private var output: [UInt8] = []
    private var frames = FrameReader()
    private var inFlight = 0
    private var lastNumber: UInt32 = 0
    private var window = 1 << 20
    private var pace: Pace?
    private let limits: StreamPatience
    private var lastSign = Clock.now()
    private var lastProgress = Clock.now()

    /// The descriptor does not block.
    init(descriptor: Int32, bandwidth: Int?, limits: StreamPatience) {
        self.descriptor = descriptor
        self.limits = limits
        pace = bandwidth.map { Pace(rate: $0) }
    }

    /// Says who we are and waits for the same.
    mutating func greet(_ hello: Hello, within limit: Duration) throws(ChannelEnd) {
        Order.hello(hello).append(to: &output)
        let deadline = Clock.now() + limit
        while true {
            guard Clock.now() < deadline else { throw .stalled }
            _ = try exchange(waiting: Self.slice)
            guard let message = try message() else { continue }
            switch try? Answer(message) {
            case .alive: continue
            case .hello(let theirs):
                window = max(Int(theirs.window), 1 << 16)
                return
            case .refused(let text): throw .refused(text)
            default: throw .garbled
            }
        }
    }

    /// Sends one order as soon as the window allows. `make` gets its number.
    mutating func send(
        _ errand: Errand, _ isStopped: () -> Bool, _ make: (UInt32) -> Order
    ) throws(ChannelEnd) {
        try send(errand, isStopped) { number, bytes in make(number).append(to: &bytes) }
    }

    /// Likewise, of an order that puts its own bytes behind the others.
    mutating func send(
        _ errand: Errand, _ isStopped: () -> Bool, _ write: (UInt32, inout [UInt8]) -> Void
    ) throws(ChannelEnd) {
        lastNumber &+= 1
        let before = output.count
        write(lastNumber, &output)
        pending.append(Pending(number: lastNumber, bytes: output.count - before, errand: errand))
        inFlight += output.count - before
        try hold(isStopped)
    }

    /// More of the order that was sent last.
    mutating func sendMore(_ order: Order, _ isStopped: () -> Bool) throws(ChannelEnd) {
        let before = output.count
        order.append(to: &output)
        inFlight += output.count - before
        if !pending.isEmpty { pending[pending.count - 1].bytes += output.count - before }
        try hold(isStopped)
    }

    private mutating func hold(_ isStopped: () -> Bool) throws(ChannelEnd) {
        if output.count >= Self.gathered { try flush(isStopped) }
        // The last order alone may be larger than the window: a file in pieces is answered at its end.
        while inFlight > window, pending.count > 1 { try wait(isStopped) }
    }

    /// Returns when something was heard; at once where nothing is pending.
    mutating func wait(_ isStopped: () -> Bool) throws(ChannelEnd) {
        let before = heard.count
        begin()
        while heard.count == before, !pending.isEmpty { try turn(isStopped) }
    }

    private mutating func flush(_ isStopped: () -> Bool) throws(ChannelEnd) {
        begin()
        while output.count >= Self.gathered { try turn(isStopped) }
    }

    /// All that was given so far is on its way.
    mutating func push(_ isStopped: () -> Bool) throws(ChannelEnd) {
        begin()
        while !output.isEmpty { try turn(isStopped) }
    }

    /// Nobody has listened until now.
    private mutating func begin() {
        lastSign = Clock.now()
        lastProgress = lastSign
    }

    private mutating func turn(_ isStopped: () -> Bool) throws(ChannelEnd) {
        if isStopped() { throw .stopped }
        let (unsent, unanswered) = (output.count, pending.count)
        let hasMoved = try exchange(waiting: Self.slice)
        try read()
        let now = Clock.now()
        if hasMoved { lastSign = now }
        if output.count != unsent || pending.count != unanswered { lastProgress = now }
        if now - lastSign > limits.silence { throw .silent }
        if now - lastProgress > limits.standstill { throw .stalled }
    }

    mutating func nextHeard() -> (errand: Errand, answer: Answer)? { heard.popFirst() }
}

// MARK: Bytes

extension StreamChannel {
    /// Waits until bytes can go or come, and moves them. False where none moved.
    private mutating func exchange(waiting limit: Duration) throws(ChannelEnd) -> Bool {
        let room = pace?.room(at: Clock.now()) ?? .max
        let wants = !output.isEmpty && room > 0
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN | (wants ? POLLOUT : 0)), revents: 0)
        let patience = !output.isEmpty && room <= 0 ? min(limit, .milliseconds(5)) : limit
        let answer = Glibc.poll(&poll, 1, Int32(patience.wholeNanoseconds / 1_000_000))
        guard answer > 0 else { return false }
        var hasMoved = false
        if wants, Int32(poll.revents) & POLLOUT != 0 { hasMoved = try write(atMost: room) }
        if Int32(poll.revents) & (POLLIN | POLLHUP | POLLERR) != 0 {
            try take()
            hasMoved = true
        }
        return hasMoved
    }

    private mutating func write(atMost room: Int) throws(ChannelEnd) -> Bool {
        let count = output.withUnsafeBytes { cl_local_send(descriptor, $0.baseAddress, min($0.count, room)) }
        if count == -Int(EAGAIN) || count == -Int(EINTR) { return false }
        // What it has said before it went is still to be read.
        guard count > 0 else { return false }
        pace?.take(count, at: Clock.now())
        traffic += count
        output.removeFirst(count)
        return true
    }

    private mutating func take() throws(ChannelEnd) {
        var error: Int32 = 0
        var isOver = false
        let bytes = [UInt8](unsafeUninitializedCapacity: 128 << 10) { buffer, count in
            let got = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            error = errno
            isOver = got == 0
            count = max(got, 0)
        }
        if isOver { throw .closed }
        guard !bytes.isEmpty else {
            if error == EAGAIN || error == EINTR { return }
            throw .closed
        }
        traffic += bytes.count
        frames.append(bytes)
    }

    private mutating func message() throws(ChannelEnd) -> ArraySlice<UInt8>? {
        do throws(WireError) {
            return try frames.next()
        } catch {
            throw .garbled
        }
    }

    /// Makes answers of all that has come.
    private mutating func read() throws(ChannelEnd) {
        while let message = try message() {
            guard let answer = try? Answer(message) else { throw .garbled }
            try note(answer)
        }
    }

    private mutating func note(_ answer: Answer) throws(ChannelEnd) {
        if answer == .alive { return }
        hasAnswered = true
        switch answer {
        case .alive: return
        case .refused(let text): throw .refused(text)
        case .hello: throw .garbled
        case .entries(let id, let entries, let isLast):
            guard pending.first?.number == id, pending[0].entries.count + entries.count < Self.mostEntries else {
                throw .garbled
            }
            pending[0].entries += entries
            if isLast { try conclude(id, .entries(id, pending[0].entries, isLast: true)) }
        case .blocks(let id, let size, let hashes, let isLast):
            guard pending.first?.number == id, pending[0].hashes.count + hashes.count <= WireLimits.blocks else {
                throw .garbled
            }
            pending[0].hashes += hashes
            if isLast { try conclude(id, .blocks(id, size: size, pending[0].hashes, isLast: true)) }
        case .done(let id, _), .failed(let id, _), .found(let id, _), .pong(let id), .surveyed(let id, _),
            .counted(let id, _):
            try conclude(id, answer)
        }
    }

    private mutating func conclude(_ id: UInt32, _ answer: Answer) throws(ChannelEnd) {
        guard let first = pending.popFirst(), first.number == id else { throw .garbled }
        inFlight -= first.bytes
        heard.append((first.errand, answer))
    }
}

/// So many bytes in a second, and a tenth of that at once.
private struct Pace: Sendable {
    let rate: Int
    private var credit: Double
    private var last: Moment?

    init(rate: Int) {
        self.rate = rate
        credit = Double(rate) / 10
    }

    mutating func room(at now: Moment) -> Int {
        if let last { credit = min(credit + (now - last).inSeconds * Double(rate), max(Double(rate) / 10, 1)) }
        last = now
        return Int(credit)
    }

    mutating func take(_ count: Int, at now: Moment) { credit -= Double(count) }
}
