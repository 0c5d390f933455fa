/// The word that was probably meant.
enum Suggestion {
    /// The nearest of `words`: equal but for upper case, or at most a third of its letters away; nil when none is near.
    static func nearest(to word: String, in words: some Sequence<String>) -> String? {
        let given = Array(word.lowercased().utf8)
        let limit = max(1, min(3, given.count / 3))
        let ranked = words.map { (distance(given, Array($0.lowercased().utf8)), $0) }
        return ranked.filter { $0.0 <= limit }.min { $0 < $1 }?.1
    }

    /// ` did you mean "x"?`, or nothing.
    static func question(about word: String, in words: some Sequence<String>) -> String {
        nearest(to: word, in: words).map { "; did you mean \"\($0)\"?" } ?? ""
    }

    /// Letters added, left out, exchanged, or swapped with their neighbour (optimal string alignment).
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1] + [Int](repeating: 0, count: right.count)
            for column in right.indices {
                let cost = left[row] == right[column] ? 0 : 1
                current[column + 1] = min(last[column + 1] + 1, current[column] + 1, last[column] + cost)
                let isSwap = row > 0 && column > 0 && left[row] == right[column - 1] && left[row - 1] == right[column]
                if isSwap { current[column + 1] = min(current[column + 1], beforeLast[column - 1] + 1) }
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }
}
