import MirrorCore
import Testing

@Suite("rsync's options, read for the stream")
struct StreamOptionsTests {
    @Test("archive, letters and long words mean what they mean to rsync")
    func understood() throws {
        let archive = try StreamOptions(words: ["-lptgosD"])
        #expect(
            archive.links && archive.modes && archive.owners && archive.groups && archive.devices && archive.specials)
        #expect(!archive.hardLinks && !archive.accessLists && archive.directoryTimes)
        #expect(try StreamOptions(words: ["-as"]) == archive)
        #expect(try StreamOptions(words: ["-s", "--archive"]) == archive)
        let more = try StreamOptions(words: ["-ltHAXSxO", "--rsh=ssh -p 2", "--bwlimit=1.5m"])
        #expect(more.hardLinks && more.accessLists && more.modes && more.extendedAttributes && more.sparse)
        #expect(more.oneFileSystem && !more.directoryTimes && !more.owners)
        #expect(more.bandwidth == 1_572_864)
        #expect(try StreamOptions(words: ["-t", "--bwlimit=100"]).bandwidth == 102_400)
        #expect(try StreamOptions(words: ["-t", "--bwlimit=0"]).bandwidth == nil)
        #expect(try StreamOptions(words: ["-t"]) == StreamOptions())
        #expect(try StreamOptions(words: ["-t", "--numeric-ids"]).numericIDs)
    }

    @Test(
        "what it does not do is refused, and nothing is left out without a word",
        arguments: [
            "-u", "-c", "-L", "-I", "-E", "-J", "-n", "-K", "--chmod=go=", "--chown=a:b", "--inplace", "--append",
            "--delete", "--exclude=x", "--timeout=5", "--bwlimit=fast", "--modify-window=1", "-@1", "word",
        ] as [ByteString])
    func refused(word: ByteString) {
        #expect(throws: StreamOptions.Refusal.self) { try StreamOptions(words: ["-lt", word]) }
    }

    @Test("without times, and where what is excluded is to go, it is not to be had")
    func needed() {
        #expect(throws: StreamOptions.Refusal.self) { try StreamOptions(words: ["-l"]) }
        #expect(throws: StreamOptions.Refusal.self) { try StreamOptions(words: ["-t"], deletesExcluded: true) }
    }
}
