import MirrorCore
import MirrorTesting
import MirrorTransfer
import Testing

extension Transferring {
    /// The question has a limit of a few seconds, which a busy machine may need for a login alone; so "unknown" is asked
    /// again, as the daemon does. Any other answer counts at once.
    func answers(_ expected: TargetIdentity, at place: SourceLocation = #_sourceLocation) async throws {
        var last: TargetIdentity?
        try await Condition.wait(
            until: "the host answers \(expected)", deadline: .seconds(120), state: { "last: \(last as Any)" },
            holds: {
                let answer = await identify()
                last = answer
                if answer == expected { return true }
                guard case .unknown = answer else { return true }
                return false
            })
        #expect(last == expected, sourceLocation: place)
    }
}
