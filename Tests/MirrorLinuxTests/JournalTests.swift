import MirrorCore
import MirrorLinux
import MirrorTesting
import Testing

@Suite("The journal's own words")
struct JournalTests {
    @Test("a field of one line is name and value; one of several has its length before it")
    func fields() {
        #expect(JournalSocket.encoded("PRIORITY", "4") == Array("PRIORITY=4\n".utf8))
        let several = JournalSocket.encoded("MESSAGE", "a\nb=c")
        #expect(several == Array("MESSAGE\n".utf8) + [5, 0, 0, 0, 0, 0, 0, 0] + Array("a\nb=c\n".utf8))
        let long = JournalSocket.encoded("MESSAGE", ByteString([UInt8](repeating: 0x61, count: 100_000)))
        #expect(long.count == "MESSAGE=".utf8.count + 65_536 + 1)
    }

    @Test("the end of a file begins with a whole line; a short file is there as it is")
    func fileEnd() throws {
        let tree = try TemporaryTree()
        let lines = (0..<1000).map { "line \($0)\n" }.joined()
        try tree.tree.write("log", ByteString(lines))
        let end = try FileEnd.read(tree.path + "/log", limit: 100)
        #expect(end.count <= 100 && end.hasPrefix("line ") && end.hasSuffix("line 999\n"))
        #expect(ByteString(lines).hasSuffix(end))
        #expect(try FileEnd.read(tree.path + "/log", limit: 1 << 20) == ByteString(lines))
    }

    @Test("a new file is for its owner alone, and what is there stays")
    func newFile() throws {
        let tree = try TemporaryTree()
        try NewFile.write(tree.path + "/new", Array("x".utf8))
        #expect(try tree.tree.status("new")?.mode == 0o600)
        try tree.tree.makeLink("link", to: "elsewhere")
        for name: ByteString in ["new", "link"] {
            #expect(throws: SystemCallError.self) { try NewFile.write(tree.path + "/" + name, Array("y".utf8)) }
        }
        #expect(try tree.tree.read("new") == "x")
        #expect(try tree.tree.status("elsewhere") == nil)
    }
}
