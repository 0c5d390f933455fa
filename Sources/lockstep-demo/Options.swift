import MirrorTesting

/// What may be said on the command line of the demonstration.
struct Options {
    var seconds = 60
    var changes = 60
    var seed: UInt64 = 2011
    var isLocal = false

    static let usage = """
        lockstep-demo [--seconds N] [--changes N] [--seed N] [--local]
          --seconds N   how long the editor works (60)
          --changes N   how many changes it makes in that time (60)
          --seed N      another sequence of changes (2011)
          --local       four directories instead of a cluster in namespaces
        """

    static func parse(_ arguments: ArraySlice<String>) -> Result<Options, FixtureError> {
        var options = Options()
        var rest = arguments
        while let word = rest.popFirst() {
            switch word {
            case "--local": options.isLocal = true
            case "--seconds", "--changes", "--seed":
                guard let number = rest.popFirst().flatMap({ Int($0) }), number > 0 else {
                    return .failure(FixtureError("\(word) wants a number above zero\n\(usage)"))
                }
                if word == "--seconds" { options.seconds = number }
                if word == "--changes" { options.changes = number }
                if word == "--seed" { options.seed = UInt64(number) }
            default: return .failure(FixtureError("unknown: \(word)\n\(usage)"))
            }
        }
        return .success(options)
    }
}
