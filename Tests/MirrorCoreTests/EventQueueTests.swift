import Foundation
import MirrorCore
import Testing

@Suite("the queue of events of a scripted sync") struct EventQueueTests {
    private static let now = Moment(nanoseconds: 1_000_000_000)

    /// One line of the file of cases.
    struct Case: CustomTestStringConvertible, Sendable {
        var line: String
        var testDescription: String { line }

        static let all: [Case] = {
            let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Cases/events.txt")
            let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
            return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { Case(line: String($0)) }
        }()
    }

    @Test("there are cases for every pair of the table")
    func complete() {
        let lines = Set(Case.all.map { $0.line.components(separatedBy: " =>")[0] })
        for name in ["a", "d/"] {
            for old in ["Attrib", "Modify", "Create", "Delete"] {
                for new in ["Attrib", "Modify", "Create", "Delete"] {
                    #expect(lines.contains("\(old) \(name) | \(new) \(name)"))
                }
            }
        }
    }

    @Test("events that follow each other", arguments: Case.all)
    func combination(_ testCase: Case) throws {
        let sides = testCase.line.components(separatedBy: " => ")
        var queue = EventQueue()
        for word in sides[0].components(separatedBy: " | ") {
            let event = try #require(Self.event(word.trimmingCharacters(in: CharacterSet(charactersIn: "*!~"))))
            queue.add(event, alarm: Self.now, at: Self.now)
            guard let first = queue.newest else { continue }
            switch word.first {
            case "*": queue.activate(first)
            case "!": queue.hold(first)
            case "~": queue.retry(first, at: Self.now + .seconds(9))
            default: break
            }
        }
        #expect(queue.list(limit: 99).map(Self.text).joined(separator: ", ") == sides[1])
    }

    static func event(_ text: String) -> ScriptEvent? {
        let words = text.components(separatedBy: " ")
        guard let kind = ScriptEvent.Kind(rawValue: words[0]) else { return nil }
        let isDirectory = words.count < 2 || words[1].hasSuffix("/")
        let paths = words.dropFirst().compactMap { RelativePath(Array($0.utf8)) }
        return ScriptEvent(
            kind, paths.first ?? .root, to: paths.count > 1 ? paths[1] : nil, isDirectory: isDirectory)
    }

    static func text(_ queued: QueuedEvent) -> String {
        let status =
            switch queued.status {
            case .waiting: "wait"
            case .blocked: "block"
            case .held: "held"
            case .active: "active"
            case .retrying: "retry"
            }
        let event = queued.event
        func name(_ path: RelativePath) -> String { "\(path.byteString)" + (event.isDirectory ? "/" : "") }
        if event.kind.isBarrier || event.kind == .full { return "\(status) \(event.kind.rawValue)" }
        let destination = event.destination.map { " " + name($0) } ?? ""
        return "\(status) \(event.kind.rawValue) \(name(event.path))\(destination)"
    }

    // MARK: Time and order

    private func queue(_ events: String...) throws -> EventQueue {
        var queue = EventQueue()
        for (index, text) in events.enumerated() {
            let moment = Self.now + .seconds(index)
            queue.add(try #require(Self.event(text)), alarm: moment + .seconds(10), at: moment)
        }
        return queue
    }

    @Test("a path that is written all the time keeps its first time, whatever the events")
    func steadyWriting() throws {
        var queue = try queue("Modify a", "Attrib a", "Delete a", "Create a", "Modify a", "Delete a", "Create a")
        #expect(queue.count == 1)
        let next = queue.nextDue(maxDelays: 1000)
        #expect(next == Self.now + .seconds(10))
        let early = queue.dueFront(at: Self.now + .seconds(9), maxDelays: 1000)
        #expect(early == nil)
        let due = queue.dueFront(at: Self.now + .seconds(10), maxDelays: 1000)
        #expect(due?.since == Self.now)
    }

    @Test("with maxDelays events time does not count")
    func maxDelays() throws {
        var queue = try queue("Create a", "Create b", "Create c")
        let below = queue.dueFront(at: Self.now, maxDelays: 4)
        #expect(below == nil)
        let reached = queue.dueFront(at: Self.now, maxDelays: 3)
        #expect(reached != nil)
        let next = queue.nextDue(maxDelays: 3)
        #expect(next == .zero)
    }

    @Test("the event at the front holds back what comes later; one that failed does not")
    func headOfLine() throws {
        var queue = try queue("Create a", "Create b")
        let later = Self.now + .seconds(20)
        let front = queue.dueFront(at: later, maxDelays: 1000)
        let first = try #require(front)
        queue.retry(first.id, at: later + .seconds(30))
        let other = queue.dueFront(at: later, maxDelays: 1000)
        #expect(other?.event.path == "b")
        #expect(queue.failing == 1)
        let again = queue.dueFront(at: later + .seconds(30), maxDelays: 1000)
        #expect(again?.event.path == "a")
        queue.remove(first.id)
        #expect(queue.failing == 0)
    }

    @Test("what waits for several goes when the last of them is gone, whatever the order of their ends")
    func severalBlockers() throws {
        var queue = try queue("Create d/x", "Create d/y", "Delete d/")
        let later = Self.now + .seconds(20)
        let taken = queue.holdDue(at: later, maxDelays: 1000, limit: 9)
        #expect(taken.map(\.event.path) == ["d/x", "d/y"])
        for event in taken { queue.activate(event.id) }
        queue.remove(taken[1].id)
        let blocked = queue.front()
        #expect(blocked == nil)
        queue.remove(taken[0].id)
        let free = queue.front()
        #expect(free?.event.kind == .delete)
    }

    @Test("a list holds what may go and what waits for it, not what waits for something in hands")
    func list() throws {
        var queue = try queue("Create a", "Create d/", "Create d/x", "Create b", "Modify b")
        let front = queue.front()
        let first = try #require(front)
        queue.activate(first.id)
        queue.add(ScriptEvent(.modify, "a", isDirectory: false), alarm: Self.now, at: Self.now)
        let held = queue.holdList(limit: 99)
        #expect(held.map(\.event.path) == ["d", "d/x", "b"])
        for event in held { queue.release(event.id) }
        #expect(
            queue.list(limit: 9).map(Self.text) == [
                "active Create a", "wait Create d/", "block Create d/x", "wait Create b", "block Modify a",
            ])
    }

    @Test("scripts hear of events that they have seen and that are gone, once")
    func forgotten() throws {
        var queue = try queue("Create a", "Create b")
        let front = queue.front()
        let first = try #require(front)
        queue.markKnown(first.id)
        for event in queue.list(limit: 9) { queue.remove(event.id) }
        let told = queue.takeForgotten()
        #expect(told == [first.id.number])
        #expect(queue.forgotten.isEmpty)
    }
}
