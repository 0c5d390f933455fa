import Glibc
import MirrorCore
import MirrorTesting
import Testing

/// `lockstep-chaos kill` does it hundreds of times; here it is done often enough to see that it works.
@Suite("kill -9 under the stream", .serialized, .enabled(if: geteuid() == 0, "sshd needs root here"))
struct StreamKillTests {
    @Test(
        "at random moments: nobody ever reads half a file or an older one, and in the end the trees are equal",
        arguments: KillTrial.Victim.allCases)
    func killed(victim: KillTrial.Victim) async throws {
        let report = try await KillTrial(victim, kills: 8, seed: 7).run()
        #expect(report.failures == [], "\(report.evidence)")
        #expect(report.kills == 8)
        #expect(report.readings > 0)
        print("kill \(victim.rawValue): \(report.line)")
    }

    @Test("the reading sees half a file, a mixture of two versions, and an older version")
    func readerSees() throws {
        let place = try TemporaryTree(.memory)
        let (source, target) = (try place.directory("source"), try place.directory("target"))
        let files = try WholeFiles(in: source)
        try target.makeDirectory("whole")
        func copy() throws {
            for name in try source.names("whole") { try target.write("whole/" + name, source.read("whole/" + name)) }
        }
        func faults(_ reading: inout WholeFiles.Reading) -> Int {
            let before = reading.faults.count
            reading.look(at: target, of: files, keepsOrder: true)
            return reading.faults.count - before
        }
        var reading = WholeFiles.Reading()
        try copy()
        #expect(faults(&reading) == 0)
        #expect(reading.readings == 8)
        let old = try source.read("whole/3")
        var random = SeededGenerator(seed: 1)
        for _ in 0..<100 { try files.replaceOne(using: &random) }
        try copy()
        #expect(faults(&reading) == 0)
        let new = try source.read("whole/0")
        try target.write("whole/0", .init(Array(new.bytes.dropLast(70_000))))
        #expect(faults(&reading) == 1)
        var mixed = new.bytes
        mixed[2_000_000] ^= 4
        try target.write("whole/0", .init(mixed))
        #expect(faults(&reading) == 1)
        try target.write("whole/0", new)
        #expect(faults(&reading) == 0)
        try target.write("whole/3", old)
        #expect(faults(&reading) == 1)
    }
}
