import MirrorCore
import MirrorStatus
import Testing

@Suite("Floods of messages")
struct LogFloodTests {
    private func at(_ seconds: Int64) -> Moment { .zero + .seconds(seconds) }

    @Test("of one kind so many pass, the others are counted, and the count is told when the time is over")
    func flood() {
        var flood = LogFlood(limit: 3)
        let passed = (0..<1_237).filter { number in
            flood.admits(LogLine(.warn, "web -> h:/x/: \"\(number)\" is \(number) late\n  why"), at: at(1))
        }
        #expect(passed == [0, 1, 2])
        #expect(flood.deadline == at(11))
        #expect(flood.due(at: at(10)) == [])
        #expect(
            flood.due(at: at(11)) == [
                LogLine(.warn, "… 1,234 more like this in 10 s: web -> h:/x/: \"1236\" is 1236 late")
            ])
        #expect(flood.deadline == nil)
        #expect(flood.admits(LogLine(.warn, "web -> h:/x/: \"1\" is 1 late"), at: at(12)) == true)
    }

    @Test("kinds are counted apart, whatever numbers, paths and quoted names stand in them")
    func kinds() {
        var flood = LogFlood(limit: 1)
        #expect(
            flood.admits(LogLine(.output, "rsync: [sender] send_files failed to open \"/a\": denied (13)"), at: at(0))
                == true)
        #expect(
            flood.admits(LogLine(.output, "rsync: [sender] send_files failed to open \"/b c\": denied (13)"), at: at(1))
                == false)
        #expect(
            flood.admits(LogLine(.output, "rsync: [sender] send_files failed to open \"/b\": gone (2)"), at: at(1))
                == true)
        #expect(flood.admits(LogLine(.warn, "/srv/a/b can't be read"), at: at(1)) == true)
        #expect(flood.admits(LogLine(.warn, "/srv/c can't be read"), at: at(1)) == false)
        #expect(flood.admits(LogLine(.error, "/srv/c can't be read"), at: at(1)) == true)
        let sums = flood.due(at: at(1), everything: true)
        #expect(sums.count == 2)
    }

    @Test("what is slow is no flood; a flood that goes on is told again and again")
    func pace() {
        var flood = LogFlood(limit: 2)
        for second in 0..<100 where second.isMultiple(of: 6) {
            #expect(flood.admits(LogLine(.warn, "x"), at: at(Int64(second))) == true)
        }
        var told = 0
        for second in 100..<200 {
            told += flood.due(at: at(Int64(second))).count
            for _ in 0..<10 { _ = flood.admits(LogLine(.warn, "y"), at: at(Int64(second))) }
        }
        #expect((9...10).contains(told))
    }

    @Test("lsyncd's lines are never held back, nor what somebody asked for with -log, nor anything without a limit")
    func never() {
        var flood = LogFlood(limit: 1)
        var none = LogFlood(limit: nil)
        for _ in 0..<100 {
            for category in [LogCategory.normal, .info, .debug, .exec, LogCategory("Mine")] {
                #expect(flood.admits(LogLine(category, "Calling rsync"), at: at(0)) == true)
            }
            #expect(none.admits(LogLine(.error, "x"), at: at(0)) == true)
        }
    }

    @Test("so many kinds that memory would grow are told and forgotten")
    func bound() {
        var flood = LogFlood(limit: 1)
        var told = 0
        for number in 0..<2_000 {
            // Letters make a kind of their own.
            let name = String(number).map { String(UnicodeScalar(UInt8(ascii: "a") + UInt8(String($0))!)) }.joined()
            for _ in 0..<2 { _ = flood.admits(LogLine(.warn, ByteString(name)), at: at(0)) }
            told += flood.due(at: at(0)).count
        }
        #expect(told >= 2_000 - 257)
    }
}
