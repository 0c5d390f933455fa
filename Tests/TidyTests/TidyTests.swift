import Foundation
import Testing

@Suite("the sources are tidy")
struct TidyTests {
    @Test("the tests see the sources at all")
    func thereAreSources() {
        #expect(Tree.sources.count > 10)
        #expect(Tree.tests.count > 3)
        #expect(Tree.sources.contains { !$0.bodies.isEmpty })
    }

    @Test("a file has at most 500 lines")
    func fileLength() {
        for file in Tree.sources + Tree.tests { #expect(file.lines.count <= 501, "\(file.path)") }
    }

    @Test("a function has at most 60 lines")
    func functionLength() {
        for body in Tree.sources.flatMap(\.bodies) { #expect(body.length <= 60, "\(body.place)") }
    }

    @Test("a line has at most 120 columns, 140 where a text stands in it")
    func lineLength() {
        for file in Tree.sources + Tree.tests {
            let code = file.code
            for (index, line) in file.lines.enumerated() where line.count > 120 {
                // The inside of a text of several lines is somebody else's language.
                let isText = code[index].isEmpty && !line.contains("//")
                #expect(isText || line.contains("\"") && line.count <= 140, "\(file.path):\(index + 1)")
            }
        }
    }

    @Test("nothing is public, nothing is forced, nothing crashes without a reason")
    func bannedWords() throws {
        let banned = [
            #"\b(public|open) (struct|class|enum|func|var|let|init|protocol)\b"#, #"\btry!"#, #"\bas!"#,
            #"\bfatalError\("#,
        ]
        try expectNone(of: banned, in: Tree.sources)
    }

    @Test("no Task stands alone: every wait is a child of the loop's group")
    func structuredTasks() throws {
        // The program's one entry into async code; Swift's own would hand the signals to the main thread.
        let entry = "Sources/lockstep/main.swift"
        try expectNone(
            of: [#"\bTask\s*(\(.*\)\s*)?\{"#, #"\bTask\.detached\b"#],
            in: Tree.sources.filter { $0.path != entry })
        let inEntry = try Tree.sources.filter { $0.path == entry }.flatMap { try $0.places(of: #"\bTask\b"#) }
        #expect(inEntry.count <= 1)
    }

    @Test("Foundation stays out of the program")
    func foundation() throws {
        let tools: Set = ["MirrorTesting", "lockstep-demo", "lockstep-mutate"]
        let program = Tree.sources.filter { !tools.contains($0.module) }
        try expectNone(of: [#"import\s+Foundation"#], in: program)
    }

    @Test("promises that the compiler cannot check are made at the edge only")
    func uncheckedPromises() throws {
        let inner = Tree.sources.filter { $0.module != "MirrorLua" && $0.module != "MirrorLinux" }
        try expectNone(of: [#"@unchecked\s+Sendable"#, #"nonisolated\(unsafe\)"#], in: inner)
    }

    @Test("Lua is known in one module")
    func lua() throws {
        try expectNone(of: [#"import\s+CLua\b"#], in: Tree.sources.filter { $0.module != "MirrorLua" })
    }

    @Test("the core is pure: no input, no output, no clock, no chance")
    func core() throws {
        let core = Tree.sources.filter { $0.module == "MirrorCore" }
        #expect(!core.isEmpty)
        let impure = [
            #"import\s+(Glibc|CLinux|Dispatch|Synchronization|Mirror\w+)"#, #"\bContinuousClock\b"#,
            #"\bSuspendingClock\b"#,
            #"\bSystemRandomNumberGenerator\b"#, #"\.random\(in:[^,]*\)"#, #"\.shuffled\(\)"#, #"\bprint\("#,
            #"\basync\b"#,
        ]
        try expectNone(of: impure, in: core)
    }

    @Test("status texts are pure: no input, no output, no clock")
    func status() throws {
        try expectNone(
            of: [#"import\s+(Glibc|CLinux|Dispatch)"#, #"\bContinuousClock\b"#],
            in: Tree.sources.filter { $0.module == "MirrorStatus" })
    }

    @Test("a type's name says what it is")
    func typeNames() throws {
        let empty =
            #"\b(struct|class|enum|actor|protocol)\s+\w*(Manager|Helper|Utils?|Handler|Context|Impl|Base|Common)\b"#
        try expectNone(of: [empty], in: Tree.sources)
    }

    @Test("nothing is left for later")
    func leftovers() {
        let words = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]
        let excuses = ["for " + "now", "place" + "holder"]
        for file in Tree.sources + Tree.tests + Tree.documents {
            for (index, line) in file.lines.enumerated() {
                let comment = line.range(of: "//").map { String(line[$0.upperBound...]) } ?? ""
                let found = words.filter { contains(line, word: $0) } + excuses.filter { contains(comment, word: $0) }
                #expect(found.isEmpty, "\(file.path):\(index + 1)")
            }
        }
    }

    @Test("no test waits for a fixed time")
    func sleeping() throws {
        // What waits for a condition looks at it from time to time.
        let tests = Tree.tests.filter { !$0.path.hasSuffix("/Support.swift") }
        try expectNone(of: [#"\bsleep\("#, #"\busleep\("#, #"\bTask\.sleep\b"#], in: tests)
    }

    @Test("no file names the place where it was built")
    func machinePaths() {
        // A place of one word may stand in any sentence.
        let places = [Tree.root.path].filter { $0.split(separator: "/").count > 1 }
        for file in Tree.sources + Tree.tests + Tree.documents {
            for (index, line) in file.lines.enumerated() {
                for place in places { #expect(!line.contains(place), "\(file.path):\(index + 1) names \(place)") }
            }
        }
    }

    @Test("swift-format has nothing to say")
    func format() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.currentDirectoryURL = Tree.root
        process.arguments = ["swift", "format", "lint", "-r", "--strict", "Sources", "Tests", "Package.swift"]
        let output = Pipe()
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(text.prefix(2000))")
    }

    private func expectNone(of patterns: [String], in files: [SourceFile]) throws {
        for file in files {
            for pattern in patterns {
                let places = try file.places(of: pattern)
                #expect(places.isEmpty, "\(places.joined(separator: ", "))")
            }
        }
    }

    private func contains(_ line: String, word: String) -> Bool {
        guard let range = line.range(of: word) else { return false }
        let before = range.lowerBound > line.startIndex ? line[line.index(before: range.lowerBound)] : " "
        let after = range.upperBound < line.endIndex ? line[range.upperBound] : " "
        return !before.isLetter && !after.isLetter
    }
}

@Suite("the tidy test sees what it should")
struct TidyRulesTests {
    @Test("comments and quoted words are no code")
    func code() throws {
        let file = SourceFile(
            path: "Sources/M/a.swift", text: "let a = \"try! x // \\\" as!\" // fatalError(\nlet b = try! c()")
        #expect(try file.places(of: #"try!"#) == ["Sources/M/a.swift:2"])
        #expect(try file.places(of: #"fatalError"#).isEmpty)
        #expect(file.module == "M")
    }

    @Test("a function's lines are counted to its closing brace")
    func bodies() {
        let text =
            "struct S {\n    package static func f(\n        a: Int\n    ) -> Int {\n"
            + "        if a > 0 {\n        }\n    }\n}\n"
        let bodies = SourceFile(path: "Sources/M/a.swift", text: text).bodies
        #expect(bodies.map(\.place) == ["Sources/M/a.swift:2"])
        #expect(bodies.map(\.length) == [6])
    }
}
