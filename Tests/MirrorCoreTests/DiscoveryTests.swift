import MirrorCore
import Testing

@Suite("Targets that are found")
struct DiscoveryTests {
    private func answer(_ text: String, isPattern: Bool = true) -> DiscoveryAnswer {
        DiscoveryAnswer(text: Array(text.utf8), isPattern: isPattern)
    }

    @Test("a line is a host, with a port or without; blank lines and remarks say nothing, and each counts once")
    func lines() {
        let read = answer("web1\n# off: web9\n\n  web2 \t\r\nweb1\nme@web3 8873\n2001:db8::1 22\nme@fe80::1%eth0\nlast")
        #expect(read.mistakes.isEmpty)
        #expect(
            read.found == [
                .init(host: "web1"), .init(host: "web2"), .init(host: "me@web3", port: "8873"),
                .init(host: "[2001:db8::1]", port: "22"), .init(host: "me@[fe80::1%eth0]"), .init(host: "last"),
            ])
    }

    @Test(
        "what is no host is refused with its line, and the others count",
        arguments: [
            "a b c", "-oProxyCommand=x", "a;b", "$(x)", "a/b", "a 0", "a 70000", "a x", "\u{1}", "ü", "a\u{0}b",
        ])
    func refused(_ line: String) {
        let read = answer("good\n\(line)\nfine\n")
        #expect(read.found.map(\.host) == ["good", "fine"])
        #expect(read.mistakes.map(\.line) == [2])
    }

    @Test("without a pattern a line is a target as it stands")
    func wholeTargets() {
        let read = answer("web1:/srv/my web\nhost::module\nbad\u{7}:/x\n", isPattern: false)
        #expect(read.found.map(\.host) == ["web1:/srv/my web", "host::module"])
        #expect(read.mistakes.map(\.line) == [3])
    }

    @Test("host and port are put into the pattern, once; a port that is wanted and missing makes no target")
    func patterns() {
        let found = DiscoveryAnswer.Found(host: "h", port: "99")
        #expect(found.target(from: "rsync://${host}:${port}/m/${host}") == "rsync://h:99/m/h")
        #expect(DiscoveryAnswer.Found(host: "h").target(from: "${host}:${port}") == nil)
        #expect(DiscoveryAnswer.Found(host: "h:/x").target(from: "") == "h:/x")
    }

    @Test("an empty answer changes nothing; who is missing three times in a row leaves, who comes back stays")
    func absences() {
        var found = DiscoveredTargets()
        #expect(found.take(["a", "b"], isWhole: true).joins == ["a", "b"])
        for _ in 0..<10 { #expect(found.take([], isWhole: true) == .init()) }
        for _ in 0..<5 {
            #expect(found.take(["a"], isWhole: true) == .init())
            #expect(found.take(["a"], isWhole: true) == .init())
            #expect(found.take(["b", "a"], isWhole: true) == .init())
        }
        for _ in 0..<10 { #expect(found.take(["a"], isWhole: false) == .init()) }
        for _ in 0..<2 { #expect(found.take(["a"], isWhole: true) == .init()) }
        #expect(found.take(["a"], isWhole: true).leaves == ["b"])
        #expect(found.targets == ["a"])
    }

    @Test("those of an earlier run are known, and leave as others do")
    func known() {
        var found = DiscoveredTargets(known: ["a", "b"])
        for _ in 0..<2 { #expect(found.take(["b", "c"], isWhole: true).leaves.isEmpty) }
        #expect(found.take(["b", "c"], isWhole: true).leaves == ["a"])
    }

    // MARK: Records of services

    /// A header, the question for `_s._tcp.x`, and answers.
    private func message(flags: UInt16 = 0x8180, _ answers: [[UInt8]]) -> [UInt8] {
        let question: [UInt8] =
            [2] + Array("_s".utf8) + [4] + Array("_tcp".utf8) + [1] + Array("x".utf8) + [0, 0, 33, 0, 1]
        let header: [UInt8] = [0, 7, UInt8(flags >> 8), UInt8(flags & 0xff), 0, 1, 0, UInt8(answers.count), 0, 0, 0, 0]
        return header + question + answers.flatMap { $0 }
    }

    private func record(priority: UInt8, port: UInt8, host: [UInt8]) -> [UInt8] {
        let data: [UInt8] = [0, priority, 0, 5, 0, port] + host
        return [0xc0, 12, 0, 33, 0, 1, 0, 0, 0, 60, 0, UInt8(data.count)] + data
    }

    @Test("SRV records come by priority, with names that are written out or point back")
    func services() throws {
        let written: [UInt8] = [1] + Array("b".utf8) + [1] + Array("x".utf8) + [0]
        let pointing: [UInt8] = [1] + Array("a".utf8) + [0xc0, 20]
        let other: [UInt8] = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 0, 1]
        let found = try ServiceRecords.records(
            in: message([
                record(priority: 2, port: 9, host: pointing), other, record(priority: 1, port: 8, host: written),
            ]))
        #expect(found.map(\.host) == ["b.x", "a.x"])
        #expect(found.map(\.port) == [8, 9])
        #expect(try ServiceRecords.records(in: message([record(priority: 0, port: 9, host: [0])])).isEmpty)
    }

    @Test("an answer that is cut off, points in circles, or names what no host is called is refused whole")
    func badServices() {
        let circle: [UInt8] = [0xc0, 255]
        let forward: [UInt8] = [0xff, 0xff]
        for host in [circle, forward, [1, 0x20, 0], [63], [0x80, 1], []] {
            #expect(throws: ServiceRecords.Mistake.self) {
                try ServiceRecords.records(in: message([record(priority: 0, port: 1, host: host)]))
            }
        }
        #expect(throws: ServiceRecords.Mistake.truncated) { try ServiceRecords.records(in: message(flags: 0x8380, [])) }
        #expect(throws: ServiceRecords.Mistake.failed(code: 2)) {
            try ServiceRecords.records(in: message(flags: 0x8182, []))
        }
        let whole = message([record(priority: 0, port: 1, host: [1, 0x61, 0])])
        for count in 0..<whole.count {
            #expect(throws: ServiceRecords.Mistake.self) { try ServiceRecords.records(in: Array(whole[..<count])) }
        }
    }
}
