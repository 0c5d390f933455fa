import MirrorCore
import Testing

@Suite("What must not be shown")
struct RedactionTests {
    @Test(
        "passwords are found on command lines, wherever they stand",
        arguments: [
            (["--rsh=sshpass -p geheim ssh -p 22"], ["geheim"]), (["-e", "sshpass -pgeheim ssh"], ["geheim"]),
            (["--rsh=/usr/bin/sshpass -v -p 'my word' ssh"], ["my word"]),
            (["sshpass", "-p", "geheim", "ssh"], ["geheim"]),
            (["--rsync-path=RSYNC_PASSWORD=geheim rsync"], ["geheim"]),
            (["--rsh=env SSHPASS=geheim sshpass -e ssh"], ["geheim"]),
            (["--password=geheim"], ["geheim"]), (["--token=abc", "-x"], ["abc"]),
            (["--rsh=ssh -p 22"], []), (["--password-file=/etc/secret"], []),
            (["-lts", "--rsh=sshpass -f /file ssh -p 22"], []),
        ] as [([ByteString], [ByteString])])
    func search(words: [ByteString], secrets: [ByteString]) {
        #expect(Set(SecretSearch.secrets(in: words)) == Set(secrets))
    }

    @Test("all of them are replaced, the longer ones first; what is too short to hide is left")
    func redaction() {
        let redaction = Redaction([.init("abc"), .init("abcdef", shown: "$X"), .init("ab"), .init("")])
        #expect(redaction.apply("1 abcdef 2 abc 3 ab" as ByteString) == "1 $X 2 *** 3 ab")
        #expect(Redaction().isEmpty && Redaction([.init("x")]).isEmpty)
    }
}
