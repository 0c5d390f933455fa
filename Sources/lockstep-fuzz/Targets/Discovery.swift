import MirrorCore

extension FuzzTarget {
    /// Any bytes as the answer of a file, a command, or a server of names.
    static let discovery = FuzzTarget(
        "discovery",
        seeds: [
            "web1\nweb2 8873\n# off\nme@[::1]\n", "2001:db8::1\n", "h:/srv/web\nhost::module\n",
            "\0\u{7}\u{1}\0\0\u{1}\0\u{1}\0\0\0\0\u{1}x\0\0!\0\u{1}\u{1}y\0\0!\0\u{1}\0\0\0<\0\u{9}\0\u{1}\0\u{1}\0\u{9}\u{1}z\0",
        ],
        words: ["\n", " ", "#", "[", "]", "${host}", "\0", "\u{1}", "@", ":"]
    ) { input in
        for isPattern in [true, false] {
            let answer = DiscoveryAnswer(text: input, isPattern: isPattern)
            check(Set(answer.found).count == answer.found.count, "a target twice")
            for found in answer.found {
                let bytes = found.host.bytes
                check(!bytes.isEmpty && bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7f }, "a host of \(bytes)")
                check(!isPattern || bytes.first != UInt8(ascii: "-"), "a host that is an option")
                check(found.target(from: "${host}:/x") == found.host + ":/x", "a pattern is not filled in")
            }
        }
        let records = (try? ServiceRecords.records(in: input)) ?? []
        for record in records {
            check(!record.host.isEmpty && record.host.count < 256 && record.port > 0, "a record of \(record)")
        }
    }
}
