import MirrorCore
import Testing

@Suite("Secrets in texts that nobody has decoded")
struct SecretTextTests {
    @Test(
        "are found in Lua, in commands inside of it, and in addresses",
        arguments: [
            (#"settings{ httpToken = "abcdef" }"#, ["abcdef"]),
            (#"local password = 'hunter two'"#, ["hunter two"]),
            (#"t = { ["secret"] = "s3cr3t", user = "me" }"#, ["s3cr3t"]),
            (#"onBatch = { "curl", "--token", "abcdef", "https://x" }"#, ["abcdef"]),
            (#"onBatch = "curl -u me:geheim https://x""#, ["geheim"]),
            (#"spawnShell(event, "mysql --password=geheim -e 'flush'")"#, ["geheim"]),
            (#"spawnShell(event, "mysql --password='ge heim'")"#, ["ge heim"]),
            (#"rsh = "sshpass -p geheim ssh""#, ["geheim"]),
            (#"rsh = "/usr/bin/sshpass -v -pgeheim ssh""#, ["geheim"]),
            (#"target = "rsync://me:geheim@host/module""#, ["geheim"]),
            (#"onProblem = "curl -H 'Authorization: Bearer abc.def' https://x""#, ["abc.def"]),
            (#"onProblem = "API_KEY=abcdef notify""#, ["abcdef"]),
            (#"-- the password: "geheim""#, ["geheim"]),
            ("RSYNC_PASSWORD=geheim", ["geheim"]),
            (#"_extra = { "--password=" .. os.getenv("PW") }"#, []),
            (#"password_file = "/etc/rsync.secret""#, []),
            (#"httpToken = os.getenv("TOKEN")"#, []),
            (#"options = { PasswordAuthentication = "no", StrictHostKeyChecking = "yes" }"#, []),
            (#"source = "/srv/token", target = "h:/secret/""#, []),
            (#"if token == nil then return end -- don't"#, []),
        ] as [(ByteString, [ByteString])])
    func search(text: ByteString, secrets: [ByteString]) {
        #expect(Set(SecretSearch.secrets(inText: text)) == Set(secrets), "\(text)")
    }

    @Test("any bytes are taken: quotes that are not closed, signs alone, bytes that are no text")
    func anything() {
        for text in ["\"", "'", "password=", "password", "sshpass", "-u", "://@", "\u{0}\"'=\"", "token = \""] {
            _ = SecretSearch.secrets(inText: ByteString(text))
        }
        _ = SecretSearch.secrets(inText: ByteString([0xff, 0x22, 0xfe, 0x3d]))
    }
}
