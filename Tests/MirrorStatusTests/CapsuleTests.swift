import MirrorCore
import MirrorStatus
import Testing

@Suite("Capsules")
struct CapsuleTests {
    @Test("parts come back as they were, whatever lines and names they have")
    func parts() throws {
        let capsule = Capsule([
            .init("about", "a\nb\n"), .init("empty", ""), .init("lines", "=== not a part\n === nor this\n\n\nx\n"),
            .init("two\nlines", "x\n"),
        ])
        let read = try #require(Capsule(capsule.bytes))
        #expect(read.parts.map(\.text) == capsule.parts.map(\.text))
        #expect(read.parts.map(\.name) == ["about", "empty", "lines", "two\\#012lines"])
        #expect(Capsule("lockstep-capsule 2\n") == nil && Capsule("") == nil)
    }

    @Test("records are found by their source, as they were; what is damaged ends there")
    func records() throws {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
        let capsule = Capsule([
            .init("about", "x"), .init(Capsule.record + "/srv/", Capsule.hexadecimal(bytes)),
            .init(Capsule.record + "/b/", "00ff0g11\n"),
        ])
        let records = try #require(Capsule(capsule.bytes)).records
        #expect(records.map(\.source) == ["/srv/", "/b/"])
        #expect(records[0].bytes == bytes)
        #expect(records[1].bytes == [0, 0xff])
    }
}
