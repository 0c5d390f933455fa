import MirrorCore
import MirrorStatus
import Testing

@Suite("Health, as a load balancer reads it")
struct HealthTests {
    private let told = Moment(nanoseconds: 1_000_000_000_000)

    private func report(_ targets: TargetHealth..., live: Int = 1) -> HealthReport {
        HealthReport(moment: told, targets: targets, liveSources: live, sources: 1)
    }

    private func verdict(_ health: TargetHealth..., limit: Duration, after: Duration = .zero) -> HealthVerdict {
        let report = HealthReport(moment: told, targets: health, liveSources: 1, sources: 1)
        return .targets(
            health.indices.map { TargetID($0) }, limit: limit, report, at: told + after,
            Samples.words(Samples.settings()))
    }

    @Test("lag goes on counting after it was told")
    func counting() {
        let behind = TargetHealth(hasStarted: true, owedSince: told - .seconds(3))
        #expect(verdict(behind, limit: .seconds(5)).isGood)
        #expect(verdict(behind, limit: .seconds(5), after: .seconds(1)).text == "4.0 s behind\n")
        let late = verdict(behind, limit: .seconds(5), after: .milliseconds(2001))
        #expect(!late.isGood)
        #expect(late.text.description.hasSuffix("5.0 s behind, 5.0 s allowed\n"))
    }

    @Test("the worst of several decides; one that has not started, or gets nothing, is never well")
    func several() {
        let good = TargetHealth(hasStarted: true, owedSince: nil)
        #expect(verdict(good, good, limit: .zero).isGood)
        #expect(!verdict(good, TargetHealth(hasStarted: true, owedSince: told - .seconds(1)), limit: .zero).isGood)
        #expect(!verdict(good, TargetHealth(hasStarted: false, owedSince: nil), limit: .seconds(1000)).isGood)
        let refused = TargetHealth(hasStarted: true, owedSince: nil, isRefused: true)
        #expect(!verdict(refused, limit: .seconds(1000)).isGood)
    }

    @Test("a pause is told with it, and by whom; when it is over nothing is said of it")
    func pause() {
        func held(_ since: Moment?, until: Moment?, bySchedule: Bool) -> TargetHealth {
            TargetHealth(
                hasStarted: true, owedSince: since, pause: TargetPause(until: until, bySchedule: bySchedule))
        }
        let schedule = held(nil, until: told + .seconds(31), bySchedule: true)
        #expect(verdict(schedule, limit: .zero).text == "in step; paused by its schedule for 31 s more\n")
        #expect(verdict(schedule, limit: .zero, after: .seconds(1)).text.hasSuffix("for 30 s more\n"))
        let over = held(nil, until: told + .seconds(1), bySchedule: true)
        #expect(verdict(over, limit: .zero, after: .seconds(1)).text == "in step\n")
        let late = verdict(held(told - .seconds(9), until: nil, bySchedule: false), limit: .seconds(5))
        #expect(!late.isGood)
        #expect(late.text.hasSuffix(": 9.0 s behind, 5.0 s allowed; paused by request\n"), "\(late.text)")
    }

    @Test("who has not told for a while is not believed, also where all was in step")
    func silence() {
        let good = TargetHealth(hasStarted: true, owedSince: nil)
        #expect(verdict(good, limit: .seconds(1), after: .seconds(2)).isGood)
        #expect(!verdict(good, limit: .seconds(1), after: .milliseconds(2001)).isGood)
        #expect(verdict(good, limit: .seconds(9), after: .seconds(8)).isGood)
        #expect(!verdict(good, limit: .seconds(1000), after: .seconds(11)).isGood)
        #expect(HealthVerdict.life(report(good), at: told + .seconds(10)).isGood)
        #expect(!HealthVerdict.life(report(good), at: told + .seconds(11)).isGood)
        #expect(!HealthVerdict.life(nil, at: told).isGood)
    }

    @Test("ready is: all sources are watched, and every target was in step once")
    func readiness() {
        let words = Samples.words(Samples.settings())
        let good = TargetHealth(hasStarted: true, owedSince: told)
        #expect(HealthVerdict.readiness(report(good), at: told, words).isGood)
        #expect(!HealthVerdict.readiness(report(good, live: 0), at: told, words).isGood)
        let fresh = TargetHealth(hasStarted: false, owedSince: told)
        let text = HealthVerdict.readiness(report(good, fresh, fresh), at: told, words).text.description
        #expect(text.contains("and 1 more: the comparison at the start is not done"))
    }

    @Test(
        "limits as people write them",
        arguments: [
            ("5s", Duration.seconds(5)), ("5", .seconds(5)), ("500ms", .milliseconds(500)), ("2m", .seconds(120)),
            ("1.5s", .milliseconds(1500)), ("1h", .seconds(3600)), ("0", .zero),
        ])
    func limits(text: String, length: Duration) { #expect(LagLimit.parse(ByteString(text)) == length) }

    @Test("what is no limit", arguments: ["", "s", "-1", "soon", "1e9", "nan", "0x10", "5 s", "1.2.3", "99999999999"])
    func noLimits(text: String) { #expect(LagLimit.parse(ByteString(text)) == nil) }
}
