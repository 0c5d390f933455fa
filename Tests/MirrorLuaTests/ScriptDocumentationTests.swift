import Foundation
import Testing

@testable import MirrorLua

@Suite("docs/scripts.md") struct ScriptDocumentationTests {
    private let words: Set<String>

    init() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/scripts.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        // What stands in backticks on one line, without the arguments of a function.
        let pieces = text.components(separatedBy: "\n").flatMap { line in
            line.hasPrefix("```") ? [] : line.matches(of: #/`([^`]+)`/#).map { String($0.1.prefix { $0 != "(" }) }
        }
        words = Set(pieces)
    }

    private func expect(_ names: [String], prefix: String = "") {
        #expect(!names.isEmpty)
        for name in names { #expect(words.contains(prefix + name), "\(prefix)\(name) is not described") }
    }

    @Test("every parameter is described")
    func parameters() {
        expect(
            KnownKeys.layers + ["action", "collect", "exitcodes", "full", "init", "delay", "maxDelays", "maxProcesses"])
    }

    @Test("every field of an event is described")
    func fields() throws {
        let table = try #require(Prelude.events.components(separatedBy: "local fields = {").last)
        let names = table.prefix { $0 != "}" }.matches(of: #/\n    (\w+) = /#).map { String($0.1) }
        expect(names + ["source"])
        #expect(names.count >= 18)
    }

    @Test("every function of an inlet is described")
    func inlet() {
        let late = Prelude.queue.matches(of: #/function offered\.(\w+)/#).map { String($0.1) }
        let early = Prelude.inlet.matches(of: #/function functions\.(\w+)/#).map { String($0.1) }
        #expect(late.count >= 7 && early.count >= 7)
        expect(late + early)
    }

    @Test("every global function is described")
    func globals() {
        let pieces = [Prelude.spawning, Prelude.globals, Prelude.hooks]
        let names = pieces.flatMap { $0.matches(of: #/\n(?:    )?function ([a-z]\w*)\(/#).map { String($0.1) } }
        #expect(names.contains("spawn") && names.contains("alarm") && names.contains("log"))
        expect(names.filter { !["print", "tunnel"].contains($0) })
    }

    @Test("every variable of a command is described")
    func variables() throws {
        let list = Prelude.commands.prefix(
            upTo: try #require(Prelude.commands.range(of: "local function variable_at")).lowerBound)
        let names = list.matches(of: #/"(\w+)"/#).map { String($0.1) }
        expect(names, prefix: "^")
    }
}
