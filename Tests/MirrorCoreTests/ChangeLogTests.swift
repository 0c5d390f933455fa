import MirrorCore
import Testing

@Suite("The change log")
struct ChangeLogTests {
    private func at(_ seconds: Int64) -> Moment { Moment(nanoseconds: seconds * 1_000_000_000) }

    @Test("a path stands in it once, at its newest notice")
    func onePlace() {
        var log = ChangeLog()
        log.note(Change("a"), at: at(1))
        log.note(Change("b"), at: at(2))
        log.note(Change("a"), at: at(3))
        #expect(log.changes(after: 0).map(\.path) == ["b", "a"])
        #expect(log.count == 2)
        #expect(log.head == 3)
    }

    @Test("moving to the end never makes what a target owes younger")
    func ageIsKept() {
        var log = ChangeLog()
        log.note(Change("a"), at: at(1))
        for second in 2...50 { log.note(Change("a"), at: at(Int64(second))) }
        #expect(log.moment(of: 1) == at(1))
        #expect(log.count(after: 0) == 1)
    }

    @Test("what all targets have is forgotten, what came later is kept")
    func trimming() {
        var log = ChangeLog()
        log.note(Change("a"), at: at(1))
        log.note(Change("b"), at: at(2))
        log.note(Change("a"), at: at(3))
        log.trim(through: 2)
        #expect(log.changes(after: 0).map(\.path) == ["a"])
        log.trim(through: 3)
        #expect(log.count == 0)
        #expect(log.contains("a") == false)
    }

    @Test("flags only grow until the path is confirmed")
    func flagsStick() {
        var log = ChangeLog()
        log.note(Change("d", isSubtree: true), at: at(1))
        log.note(Change("d"), at: at(2))
        #expect(log.changes(after: 0) == [Change("d", isSubtree: true, mayBeDirectory: true)])
    }

    @Test("a hundred thousand notices on one path leave no trace but one entry")
    func staleSlotsGo() {
        var log = ChangeLog()
        for step in 0..<100_000 { log.note(Change("a"), at: at(Int64(step))) }
        #expect(log.count(after: 0) == 1)
        #expect(log.changes(after: 99_999).map(\.path) == ["a"])
        // Past its bound the list of times forgets later moments first: what is asked for may only be older.
        #expect(log.moment(of: 50_000) <= at(50_000))
    }

    @Test("it answers as a plain list of notices would", arguments: 0..<50)
    func agreesWithModel(seed: Int) {
        var chance = Jitter(seed: UInt64(seed))
        var log = ChangeLog()
        var model: [(number: UInt64, path: RelativePath)] = []
        var trimmed: UInt64 = 0
        for step in 1...400 {
            let path = RelativePath("p\(Int.random(in: 0..<30, using: &chance))".utf8)!
            log.note(Change(path), at: at(Int64(step)))
            model.removeAll { $0.path == path }
            model.append((UInt64(step), path))
            if Int.random(in: 0..<20, using: &chance) == 0 {
                trimmed = UInt64.random(in: trimmed...UInt64(step), using: &chance)
                log.trim(through: trimmed)
                model.removeAll { $0.number <= trimmed }
            }
            let cursor = UInt64.random(in: trimmed...UInt64(step), using: &chance)
            let expected = model.filter { $0.number > cursor }.map(\.path)
            #expect(log.changes(after: cursor).map(\.path) == expected)
            #expect(log.count(after: cursor) == expected.count)
            if cursor < UInt64(step) { #expect(log.moment(of: cursor + 1) == at(Int64(cursor + 1))) }
        }
    }
}
