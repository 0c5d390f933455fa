/// Inputs from good inputs, in an order drawn from a seed.
struct Mutation {
    private var state: UInt64
    private let target: FuzzTarget
    private var pool: [[UInt8]]
    private static let longest = 4096

    init(of target: FuzzTarget, corpus: [[UInt8]] = [], seed: UInt64) {
        self.target = target
        state =
            seed &* 0x9e37_79b9_7f4a_7c15
            ^ target.name.utf8.reduce(14_695_981_039_346_656_037) {
                ($0 ^ UInt64($1)) &* 1_099_511_628_211
            }
        pool = target.seeds + corpus
    }

    /// SplitMix64.
    private mutating func draw() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    private mutating func number(_ count: Int) -> Int { Int(draw() % UInt64(max(count, 1))) }

    mutating func next() -> [UInt8] {
        var input =
            number(50) == 0
            ? (0..<number(200)).map { _ in UInt8(truncatingIfNeeded: draw()) } : pool[number(pool.count)]
        for _ in 0...number(number(4) == 0 ? 12 : 3) { change(&input) }
        if input.count > Self.longest { input.removeLast(input.count - Self.longest) }
        // A few of the results become the ground of others, so that changes add up.
        if number(64) == 0 {
            if pool.count < 400 { pool.append(input) } else { pool[number(pool.count)] = input }
        }
        return input
    }

    private mutating func change(_ input: inout [UInt8]) {
        let place = number(input.count + 1)
        let end = min(input.count, place + 1 + number(number(4) == 0 ? 64 : 4))
        switch number(10) {
        case 0 where place < input.count: input[place] ^= 1 << UInt8(number(8))
        case 1 where place < input.count: input[place] = [0, 0x0a, 0x20, 0x7f, 0x80, 0xff][number(6)]
        case 2 where place < input.count: input[place] = UInt8(truncatingIfNeeded: draw())
        case 3: input.removeSubrange(place..<max(place, end))
        case 4: input.insert(contentsOf: input[place..<max(place, end)], at: number(input.count + 1))
        case 5: input.insert(UInt8(truncatingIfNeeded: draw()), at: place)
        case 6:
            let other = pool[number(pool.count)]
            let from = number(other.count + 1)
            input.replaceSubrange(place..., with: other[from...])
        case 7: input.removeLast(input.count - place)
        default: input.insert(contentsOf: target.words[number(target.words.count)], at: place)
        }
    }
}
