import MirrorCore
import MirrorTesting
import MirrorTransfer
import Testing

@Suite("Comparing everything exactly")
struct TimeSampleTests {
    /// Both sides equal, but for what the body does to the target's times.
    private func bench(_ change: (DirectoryTree, ByteString, Int) throws -> Void) throws -> TransferBench {
        let bench = try TransferBench()
        for number in 0..<40 {
            let name = ByteString("d\(number % 7)/f\(number)")
            for tree in [bench.source, bench.target] {
                try tree.makeDirectories(ByteString("d\(number % 7)"))
                try tree.write(name, "1234567")
                try tree.setTime(name, seconds: 1_000_000_000 + number, nanoseconds: 123_456_789)
            }
            try change(bench.target, name, number)
        }
        return bench
    }

    @Test("finds a second write behind an equal size and second")
    func hidden() async throws {
        let bench = try bench { target, name, number in
            guard number == 11 else { return }
            try target.write(name, "7654321")
            try target.setTime(name, seconds: 1_000_000_011, nanoseconds: 99)
        }
        #expect(await bench.transfer().run(bench.job(exactly: true)).result == .done)
        #expect(try TreeComparison.differences(bench.source, bench.target) == [])
    }

    @Test("is left out where the target keeps whole seconds only, and that is asked once")
    func coarse() async throws {
        let bench = try bench { target, name, number in
            try target.setTime(name, seconds: 1_000_000_000 + number)
        }
        let wrapper = try bench.wrapper()
        let transfer = bench.transfer { _, rsync, _ in rsync.binary = wrapper }
        for _ in 0..<2 { #expect(await transfer.run(bench.job(exactly: true)).result == .done) }
        let calls = try bench.calls().map(\.description)
        #expect(calls.map { $0.contains("--modify-window") } == [true, false, false])
        #expect(calls.map { $0.contains(" -n ") } == [true, false, false])
        #expect(try bench.target.status("d0/f0")?.modifiedNanoseconds == 0)
    }

    @Test("the question changes nothing at the target, and creates nothing")
    func question() async throws {
        let bench = try bench { target, name, number in
            if number == 3 { try target.remove(name) }
        }
        let wrapper = try bench.wrapper(#"[[ "$*" == *" -n "* ]] || exit 12; exec rsync "$@""#)
        let before = try bench.target.everything()
        _ = await bench.transfer { _, rsync, _ in rsync.binary = wrapper }.run(bench.job(exactly: true))
        #expect(try bench.calls().count == 2)
        #expect(try bench.target.everything() == before)
    }
}
