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

    /// Changes are packed, field by field: a new field that is forgotten there would be lost.
    private var flags: [WritableKeyPath<Change, Bool>] {
        [
            \.isSubtree, \.mayBeDirectory, \.mayBeFile, \.isMoved, \.isWritten, \.isNewName, \.isOtherName,
            \.isLate, \.wasRemoved, \.isShallow,
        ]
    }

    @Test("it keeps every field of a change")
    func everyField() {
        // And two paths, and the time that is told beside it.
        #expect(Swift.Mirror(reflecting: Change("a")).children.count == flags.count + 3)
        for flag in flags {
            for origin: RelativePath? in [nil, "b/c"] {
                var change = Change("some/path")
                change.movedFrom = origin
                change[keyPath: flag].toggle()
                var log = ChangeLog()
                log.note(Change("other"), at: at(1))
                log.note(change, at: at(1))
                #expect(log.change(at: "some/path") == change)
                #expect(log.changes(after: 0) == [Change("other"), change])
            }
        }
    }

    @Test("it answers as a dictionary of changes would, through growth and waste", arguments: 0..<20)
    func agreesWithDictionary(seed: Int) {
        var chance = Jitter(seed: UInt64(seed))
        var log = ChangeLog()
        var model: [RelativePath: (number: UInt64, change: Change)] = [:]
        // Names of all lengths, among them so few that they are noted often, and so many that tables grow.
        let names = [10, 300, 5000][seed % 3]
        func path() -> RelativePath {
            let number = Int.random(in: 0..<names, using: &chance)
            let padding = String(repeating: "x", count: number % 90)
            return RelativePath(uncheckedBytes: Array("d\(number % 7)/\(padding)\(number)".utf8))
        }
        for step in 1...8000 {
            var change = Change(path())
            if Int.random(in: 0..<3, using: &chance) == 0 { change.movedFrom = path() }
            for flag in flags where Bool.random(using: &chance) { change[keyPath: flag].toggle() }
            log.note(change, at: at(Int64(step)))
            let joined = model[change.path].map { change.joined(withOlder: $0.change) } ?? change
            model[change.path] = (UInt64(step), joined)
            if Int.random(in: 0..<500, using: &chance) == 0 {
                // Now and then everything has arrived.
                let cursor = Bool.random(using: &chance) ? log.head : UInt64.random(in: 0...log.head, using: &chance)
                log.trim(through: cursor)
                model = model.filter { $0.value.number > cursor }
            }
            guard step.isMultiple(of: 100) else { continue }
            let expected = model.values.sorted { $0.number < $1.number }
            // No earlier than it was: what was seen of the source in between would pass for an answer.
            #expect(
                zip(log.changes(after: 0), expected).allSatisfy { $0.noticed! >= at(Int64($1.number)) })
            #expect(log.changes(after: 0) == expected.map(\.change))
            #expect(log.count == expected.count)
            #expect(expected.allSatisfy { log.number(of: $0.change.path) == $0.number })
            #expect(!log.contains("never noted"))
        }
    }
}
