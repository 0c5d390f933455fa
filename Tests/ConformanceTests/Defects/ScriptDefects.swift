import MirrorCore
import MirrorTesting

/// What lsyncd gets wrong with functions and commands of a person's own. Each answers whether the defect shows.
enum ScriptDefects {
    typealias Scenario = @Sendable (Duel) async throws -> Bool

    static let twoEvents: Scenario = { duel in
        let process = try await duel.runScript(
            "delay = 1, onCreate = '^ROOT/note create ^path', onModify = '^ROOT/note modify ^path'")
        try duel.source.write("f", "x")
        try await duel.wait("f is created", process) { try duel.calls().contains("create f") }
        try duel.put("mark")
        try await duel.wait("the mark follows", process) { try duel.calls().contains("create mark") }
        return try duel.calls().contains("modify f")
    }

    static let twoMoves: Scenario = { duel in
        let wait = "while [ -d ROOT ] && [ ! -e ROOT/go ]; do sleep 0.05; done"
        let process = try await duel.runScript(
            """
            maxProcesses = 3, onMove = '^ROOT/note move ^d.path; \(wait)', onCreate = '^ROOT/note create ^path; \(wait)'
            """)
        for name in ["a", "b"] as [ByteString] {
            try duel.put(name)
            try await duel.wait("\(name) is there", process) { try duel.calls().contains("create \(name)") }
        }
        try duel.tree.tree.write("go", "")
        try await duel.wait("both are done", process) {
            process.output.split(separator: "\n").count { $0.contains("Finished Create") } == 2
        }
        try duel.tree.tree.remove("go")
        for name in ["a", "b"] as [ByteString] { try duel.source.rename(name, to: "c") }
        try duel.put("mark")
        try await duel.wait("both are at work, or the mark is", process) {
            try duel.calls().count { $0 == "move c" } == 2 || duel.calls().contains("create mark")
        }
        return try duel.calls().count { $0 == "move c" } == 2
    }

    private static func ends(_ text: String, name: ByteString = "f") -> Scenario {
        { duel in
            let process = try await duel.runScript(text)
            try duel.put(name)
            try duel.put("mark")
            try await duel.wait("it ends, or goes on", process) {
                try process.exit != nil || duel.calls().contains("mark")
            }
            return process.exit != nil
        }
    }

    static let functionError = ends(
        "onCreate = function(event) if event.name == 'f' then error('no') end spawn(event, 'ROOT/note', event.name) end"
    )
    static let unknownCode = ends("onCreate = '[ ^path = mark ] || exit 3; ROOT/note ^path'")
    static let repeatedCodes = ends(
        "exitcodes = { [0] = 'ok', [1] = 'again', [2] = 'die', [7] = 'ok' }, "
            + "onCreate = '[ ^path = mark ] || exit 4; ROOT/note ^path'")

    static let headOfLine: Scenario = { duel in
        let process = try await duel.runScript(
            """
            delay = 0, exitcodes = { [0] = 'ok', [5] = 'again' },
            onCreate = '^ROOT/note ^path; if [ ^path = first ]; then exit 5; fi'
            """)
        try duel.put("first")
        try await duel.wait("it is tried", process) { try duel.calls().contains("first") }
        try duel.put("second")
        try await duel.wait("it is tried again, or the other has its turn", process) {
            try duel.calls().count { $0 == "first" } >= 4 || duel.calls().contains("second")
        }
        return try !duel.calls().contains("second")
    }

    static let killed: Scenario = { duel in
        let process = try await duel.runScript("onCreate = '^ROOT/note ^path; kill -9 $$'")
        try duel.put("f")
        try await duel.wait("its end is told", process) {
            try process.output.contains("Finished Create") || duel.calls().count { $0 == "f" } > 1
        }
        return process.output.contains("Finished Create")
    }

    static let missingProgram: Scenario = { duel in
        let process = try await duel.runScript(
            "exitcodes = { [0] = 'ok', [255] = 'ok' }, onCreate = function(event) spawn(event, '/nowhere/x') end")
        try duel.put("f")
        try await duel.wait("its end is told", process) {
            process.output.contains("Finished Create") || process.errors.contains("could not be started")
        }
        return process.output.contains("Finished Create")
    }

    /// lsyncd turns in circles from then on, and reads no events.
    static let idleStart: Scenario = { duel in
        let process = try duel.start(
            "settings{ nodaemon = true }\nsync{ source = 'SRC', init = function() end, onCreate = '^ROOT/note ^path' }")
        try await process.waitUntilWatching()
        var number = 0
        try await duel.wait("something is called, or much is computed", process) {
            number += 1
            try duel.put(ByteString("f\(number)"))
            return try !duel.calls().isEmpty || duel.isLsyncd && process.processorSeconds > 2
        }
        return try duel.calls().isEmpty
    }

    private static func breaksStart(_ command: String) -> Scenario {
        { duel in
            let process = try duel.start(
                "settings{ nodaemon = true }\nsync{ source = 'SRC', onStartup = 'ROOT/note ^source', onCreate = \(command) }"
            )
            try await duel.wait("it ends, or starts", process) { try process.exit != nil || !duel.calls().isEmpty }
            return process.exit != nil
        }
    }

    static let apostrophe = breaksStart("[==[/bin/echo it's ^path]==]")
    static let brackets = breaksStart("[==[echo [[ x ]] ^path]==]")

    static let quotes: Scenario = { duel in
        let process = try await duel.runScript("onCreate = '^ROOT/note \"x^path\"'")
        try duel.put("a  b")
        try await duel.wait("it is called", process) { try duel.calls().count > 1 }
        return try duel.calls()[1] != "xa  b"
    }

    static let twice: Scenario = { duel in
        let process = try await duel.runScript(
            "onCreate = 'ROOT/note ^path^path', onDelete = '/bin/sh ROOT/note ^path^path'")
        try duel.put("ab")
        try await duel.wait("it is there", process) { try duel.calls().count > 1 }
        try duel.source.remove("ab")
        try await duel.wait("it is gone", process) { try duel.calls().count > 2 }
        return try duel.calls()[2] != "abab"
    }

    static let repeatedMove: Scenario = { duel in
        let process = try await duel.runScript(
            """
            delay = 1, onMove = true, exitcodes = { [0] = 'ok', [5] = 'again' }, action = function(inlet)
                local list = inlet.getEvents(function(event) return event.etype ~= 'Init' end)
                local words = list.getPaths(function(etype, path, other) return etype .. path .. (other or '') end)
                if #words == 0 then return inlet.discardEvent(inlet.getEvent()) end
                spawn(list, '/bin/sh', '-c', 'ROOT/note "$*"; [ -e ROOT/go ] || exit 5', 'sh', words)
            end
            """)
        try duel.tree.tree.write("go", "")
        try duel.put("a")
        try await duel.wait("a is told", process) { try duel.calls().count > 1 }
        try await duel.wait("and done", process) { process.output.contains("Finished a list") }
        try duel.tree.tree.remove("go")
        try duel.source.rename("a", to: "b")
        try duel.put("a")
        try await duel.wait("the list is tried twice", process) {
            try duel.calls().count { $0.contains("Create/a") } >= 3
        }
        return try duel.calls().last?.contains("Move/a/b") ?? false
    }

    static let failedBlanket: Scenario = { duel in
        try duel.source.write("there", "x")
        let process = try await duel.run(
            """
            local inlet = sync{ default.rsync, source = 'SRC', target = 'TGT', delay = 0 }
            local function look(at)
                if not io.open('ROOT/step') then return alarm(now() + 0.1, look) end
                spawn(inlet.createBlanketEvent(), '/bin/sh', '-c', 'ROOT/note blanket; exit 5')
            end
            alarm(now(), look)
            """)
        try duel.tree.tree.write("step", "")
        try await duel.wait("the blanket has its process", process) { try duel.calls().contains("blanket") }
        try duel.put("f")
        try await duel.wait("the change arrives, or is blocked", process) {
            try duel.target.status("f") != nil || duel.lines("status").contains { $0.hasPrefix("block ") }
        }
        return try duel.target.status("f") == nil
    }
}
