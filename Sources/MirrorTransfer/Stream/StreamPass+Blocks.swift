import Glibc
import MirrorCore
import MirrorReceiver
import MirrorWire

/// What the target has of a file: its size, and a hash of each block.
struct TheirBlocks: Sendable {
    var rule: Order.BlockRule
    var size: UInt64
    var hashes: [ContentHash]

    /// Blocks of 4 KiB for a file of 1 MiB, of 128 KiB from 1 GiB on: so that hashes and one changed block cost about
    /// the same.
    static func rule(for size: UInt64) -> Order.BlockRule {
        var block: UInt64 = 4096
        while block < 128 << 10, block * block < size * 16 { block *= 2 }
        return Order.BlockRule(size: UInt32(block), seed: .random(in: .min ... .max))
    }

    /// Whether these bytes stand there in the same place; false where that is no block.
    func holds(_ bytes: UnsafeRawBufferPointer, at offset: Int64) -> Bool {
        let block = Int64(rule.size)
        let (number, rest) = Int(offset).quotientAndRemainder(dividingBy: Int(block))
        guard rest == 0, number < hashes.count, Int64(bytes.count) == min(block, Int64(size) - offset) else {
            return false
        }
        return ContentHash(bytes, seed: rule.seed) == hashes[number]
    }
}

extension StreamPass {
    /// Below it a question costs more than the bytes.
    static let leastForBlocks: UInt64 = 1 << 20
    private static let mostForBlocks = UInt64(WireLimits.blocks) * (128 << 10)

    /// A large file of the target that has other content: only what differs is sent.
    mutating func update(_ path: RelativePath, _ ours: Metadata, _ theirs: Metadata?) throws(ChannelEnd) {
        let bounds = Self.leastForBlocks...Self.mostForBlocks
        guard rules.comparesBlocks, let theirs, theirs.kind == .regular, bounds.contains(theirs.size),
            bounds.contains(ours.size)
        else {
            return work.append(.send(path, nil))
        }
        let rule = TheirBlocks.rule(for: max(ours.size, theirs.size))
        try send(.hashes(path, rule)) { .hashes($0, path, rule) }
    }

    /// Blocks that are there are kept, the others are sent.
    mutating func sendBlocks(
        _ file: OpenContent, _ metadata: Metadata, _ theirs: TheirBlocks
    ) throws(ChannelEnd) {
        let (path, descriptor) = (file.path, file.descriptor)
        let conditions = conditions(for: metadata, at: path).union(.keepsBlocks)
        try send(.bring(path)) { .begin($0, path, metadata, conditions) }
        var holes = HoleSkipping(descriptor, isOn: rules.stream.options.sparse)
        var kept: Range<Int64> = 0..<0
        var offset: Int64 = 0
        let (size, step) = (Int64(metadata.size), Int64(WireLimits.content / 2))
        while offset < size, let range = holes.next(from: offset, to: size) {
            offset = range.lowerBound
            while offset < range.upperBound {
                // Pieces lie as the blocks do.
                let count = Int(min(step - offset % step, range.upperBound - offset))
                guard let piece = readPiece(of: file, count, at: offset) else {
                    return try channel.sendMore(.abandon, isStopped)
                }
                if piece.isEmpty { break }
                try send(piece, at: offset, theirs, &kept)
                offset += Int64(piece.count)
            }
            // It has become shorter; of that there is a notice.
            if offset < range.upperBound { break }
        }
        try send(kept: &kept)
        try channel.sendMore(.commit, isStopped)
    }

    private mutating func send(
        _ piece: [UInt8], at place: Int64, _ theirs: TheirBlocks, _ kept: inout Range<Int64>
    ) throws(ChannelEnd) {
        let block = Int(theirs.rule.size)
        var changed: Range<Int>?
        for start in stride(from: 0, to: piece.count, by: block) {
            let end = min(start + block, piece.count)
            let isThere = piece.withUnsafeBytes { bytes in
                theirs.holds(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), at: place + Int64(start))
            }
            guard isThere else {
                changed = (changed?.lowerBound ?? start)..<end
                continue
            }
            try send(changed: &changed, of: piece, at: place)
            let here = place + Int64(start)
            if kept.upperBound != here || kept.isEmpty {
                try send(kept: &kept)
                kept = here..<here
            }
            kept = kept.lowerBound..<(place + Int64(end))
        }
        try send(changed: &changed, of: piece, at: place)
    }

    private mutating func send(changed: inout Range<Int>?, of piece: [UInt8], at place: Int64) throws(ChannelEnd) {
        guard let range = changed else { return }
        changed = nil
        let content = Array(piece[range])
        if rules.stream.options.sparse, !content.contains(where: { $0 != 0 }) { return }
        try channel.sendMore(.piece(offset: UInt64(place) + UInt64(range.lowerBound), content: content), isStopped)
    }

    private mutating func send(kept: inout Range<Int64>) throws(ChannelEnd) {
        guard !kept.isEmpty else { return }
        try channel.sendMore(.keep(offset: UInt64(kept.lowerBound), length: UInt64(kept.count)), isStopped)
        kept = 0..<0
    }
}
