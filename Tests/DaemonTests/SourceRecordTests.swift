import MirrorCore
import MirrorDaemon
import Testing

@Suite("the record of a source")
struct SourceRecordTests {
    @Test("gives back what was written, also with a line break, a backslash or an equals sign in a path")
    func roundTrip() {
        for path in ["/srv/web", "/a\nb", #"/a\nb"#, "/a=b", "/é"] as [ByteString] {
            var facts = SourceFacts(mountPoint: path, fileSystem: "ext4", device: 1, inode: .max, hasContent: false)
            facts.endedInStep = path != "/srv/web"
            #expect(SourceRecord.facts(in: SourceRecord.text(of: facts, source: path), source: path) == facts)
        }
    }

    @Test("that is cut off, empty, or another source's counts as none")
    func damaged() {
        let facts = SourceFacts(mountPoint: "/", fileSystem: "ext4", device: 1, inode: 2, hasContent: true)
        let text = SourceRecord.text(of: facts, source: "/srv")
        #expect(SourceRecord.facts(in: text, source: "/other") == nil)
        for length in 0..<(text.count - 4) {
            #expect(SourceRecord.facts(in: ByteString(Array(text.bytes.prefix(length))), source: "/srv") == nil)
        }
    }

    @Test("has a file name of its own for every path, of a length that file systems take")
    func names() {
        #expect(SourceRecord.name(for: "/srv/web") == "srv-web")
        #expect(SourceRecord.name(for: "/srv-web") == #"srv\x2dweb"#)
        #expect(SourceRecord.name(for: "") == "-")
        #expect(SourceRecord.name(for: "/a\n") == #"a\x0a"#)
        let long = ByteString("/" + String(repeating: "é", count: 200))
        #expect(SourceRecord.name(for: long).count < 220)
        #expect(SourceRecord.name(for: long) != SourceRecord.name(for: long + "x"))
    }
}
