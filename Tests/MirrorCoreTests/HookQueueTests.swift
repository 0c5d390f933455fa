import MirrorCore
import Testing

@Suite("Commands that are told what happens")
struct HookQueueTests {
    private let start = Moment(nanoseconds: 1_000_000_000)

    @Test("one at a time, in order; what repeats behind a running one becomes one")
    func order() {
        var queue = HookQueue()
        queue.add(TellingCall(.batch, changes: 2))
        #expect(queue.next(at: start)?.changes == 2)
        #expect(queue.next(at: start) == nil && queue.deadline == nil)
        for _ in 0..<3 { queue.add(TellingCall(.batch, changes: 5)) }
        queue.add(TellingCall(.inStep))
        queue.add(TellingCall(.batch))
        queue.ended(succeeded: true, at: start)
        let second = queue.next(at: start)
        #expect(second?.changes == 15 && second?.times == 3)
        queue.ended(succeeded: true, at: start)
        #expect(queue.next(at: start)?.kind == .inStep)
        queue.ended(succeeded: true, at: start)
        #expect(queue.next(at: start)?.kind == .batch)
        queue.ended(succeeded: true, at: start)
        #expect(queue == HookQueue())
    }

    @Test("a failure is tried again with growing pauses, and what it is told does not change by what comes later")
    func again() {
        var (queue, now) = (HookQueue(), start)
        queue.add(TellingCall(.problem, text: "first"))
        var pauses: [Duration] = []
        for _ in 0..<9 {
            #expect(queue.next(at: now)?.text == "first")
            queue.add(TellingCall(.problem, text: "later"))
            queue.ended(succeeded: false, at: now)
            #expect(queue.next(at: now) == nil)
            pauses.append(queue.deadline! - now)
            now = queue.deadline!
        }
        #expect(pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60].map { .seconds($0) })
        #expect(queue.waiting.count == 2 && queue.waiting[1].times == 9)
    }

    @Test("its length has a bound, and nothing is lost by that but the number of calls")
    func bound() {
        var queue = HookQueue()
        queue.add(TellingCall(.problem))
        _ = queue.next(at: start)
        for _ in 0..<1000 {
            queue.add(TellingCall(.problem))
            queue.add(TellingCall(.problemEnded))
        }
        #expect(queue.waiting.count <= HookQueue.bound + 2)
        #expect(queue.waiting.map(\.times).reduce(0, +) == 2001)
    }
}
