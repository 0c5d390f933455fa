import Foundation
import MirrorTesting
import Testing

@Suite("The known ways to break the core")
struct MutationTableTests {
    private let checkout = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test("each still has its place in the sources, exactly once, and changes something")
    func places() throws {
        let text = try String(contentsOf: checkout.appending(path: "Tests/Mutations/core.txt"), encoding: .utf8)
        let mutations = try Mutation.table(text)
        #expect(mutations.count >= 25)
        #expect(Set(mutations.map(\.name)).count == mutations.count)
        for mutation in mutations {
            let source = try String(contentsOf: checkout.appending(path: mutation.file), encoding: .utf8)
            #expect(mutation.applied(to: source) != nil, "\(mutation.name): \(mutation.file)")
            #expect(mutation.original != mutation.replacement)
        }
    }
}
