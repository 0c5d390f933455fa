import MirrorCore
import MirrorTransfer

extension FuzzTarget {
    /// Targets, and the words of a remote shell.
    static let addresses = FuzzTarget(
        "addresses",
        seeds: [
            "host:/dir/", "user@host:dir", "/local/dir", "h::module/path", "rsync://h:873/mod/x", "[::1]:/d",
            "u@[fe80::1%e]:d",
            "rsync://[::1]:7/m", "ssh -p 22 -o 'ProxyCommand nc \"%h\"' -i \"a''b\"",
        ],
        words: [
            "rsync://", "::", ":", "[", "]", "@", "/", "'", "\"", "''", "\"\"", " ", "\\", "\n", "\u{e9}", "65536", "-",
        ]
    ) { input in
        let text = ByteString(input)
        let address = TargetAddress(text)
        check(address.isLocal == (address.hostName == nil), "\(address)")
        if case .local(let path) = address { check(path == text, "\(path)") }
        let words = ShellWords.split(text)
        let quotes = input.contains { "'\"".utf8.contains($0) }
        if !quotes { check(words == text.split(separator: 0x20).filter { !$0.isEmpty }, "\(words)") }
        let quoted = ShellWords.quoted(text)
        check(unquoted(quoted.bytes) == text.bytes, "\(quoted)")
    }

    /// A POSIX shell's reading of one quoted word.
    private static func unquoted(_ word: [UInt8]) -> [UInt8]? {
        var plain: [UInt8] = []
        var isInside = false
        var rest = word[...]
        while let byte = rest.popFirst() {
            switch (byte, isInside) {
            case (UInt8(ascii: "'"), _): isInside.toggle()
            case (UInt8(ascii: "\\"), false):
                guard let next = rest.popFirst() else { return nil }
                plain.append(next)
            case (_, true): plain.append(byte)
            default: return nil
            }
        }
        return isInside ? nil : plain
    }

    /// What `ssh -G` tells.
    static let sshConfiguration = FuzzTarget(
        "ssh-configuration",
        seeds: [
            "user root\nhostname 10.0.1.21\nport 2222\ncontrolmaster false\ncontrolpath none\nproxyjump none\n",
            "hostname h\nport 99999\ncontrolmaster auto\ncontrolpath /x/%C\nproxycommand nc %h %p\n",
        ],
        words: [
            "hostname ", "port ", "controlmaster ", "controlpath ", "proxyjump ", "none", "no", "\n", "\r\n", " ", "-1",
            "65536",
        ]
    ) { input in
        let found = SshConfiguration(RunEvidence.lines(input))
        if let name = found.hostName { check(!name.bytes.contains(0x0a), "a name of two lines") }
    }

    /// What a far login shell prints when it is asked where a directory is.
    static let identity = FuzzTarget(
        "identity",
        seeds: [
            """
            Welcome!
            lockstep-identity boot 6f2c1d6e-aaaa-bbbb-cccc-1234567890ab
            lockstep-identity missing
            lockstep-identity path /srv
            lockstep-identity file 2049:12
            lockstep-identity file 2049:2
            lockstep-identity end
            """
        ],
        words: [
            "lockstep-identity ", "boot ", "path ", "file ", "missing", "end", ":", "\n", "18446744073709551616", "-1",
            "+1",
        ]
    ) { input in
        let path = ByteString(input.prefix(Int(input.first ?? 0) % 32))
        if let answer = IdentityQuestion.answer(in: RunEvidence.lines(input), to: path) {
            check(!answer.chain.missing.bytes.starts(with: [0x2f]), "a name that is missing begins at the root")
        }
        check(!IdentityQuestion.command(for: path).isEmpty, "no question")
    }

    /// rsyncd.conf.
    static let moduleFile = FuzzTarget(
        "module-file",
        seeds: [
            "# c\nuid = root\npath = /default\n[mod]\n  path = /srv/mod\n comment = x\n[global]\npath=/g\n[other]\npath /x\n"
        ], words: ["[", "]", "[mod]", "[global]", "path", "=", "path = ", "#", ";", "\n", "\r\n", "\t", "\\\n", " "]
    ) { input in
        let lines = ByteString(input).split(separator: 0x0a)
        for module in ["mod", "other", "", "global"] as [ByteString] {
            guard let path = RsyncDaemonFile.path(of: module, in: lines) else { continue }
            check(!path.bytes.contains(0x0a), "a path of two lines")
            check(path.bytes.first != 0x20 && path.bytes.last != 0x20, "blanks around a path")
        }
    }
}
