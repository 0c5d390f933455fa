import MirrorCore
import MirrorDaemon
import MirrorStatus
import MirrorTesting
import Testing

@Suite("where the log goes")
struct LogOutputTests {
    func settings(_ tree: TemporaryTree) -> Settings {
        var settings = Settings()
        settings.logFile = tree.path + "/log"
        return settings
    }

    func log(_ tree: TemporaryTree, categories: LogCategories = LogCategories()) -> LogOutput {
        LogOutput(settings: settings(tree), categories: categories, inForeground: false)
    }

    @Test("messages and the output of children are appended in whole lines; what a category leaves out is not")
    func appended() throws {
        let tree = try TemporaryTree()
        let log = log(tree)
        log.write(LogLine(.normal, "one"))
        log.write(LogLine(.info, "not this"))
        log.childOutput("rsync: half a line", of: TargetID(0))
        log.childOutput("", of: TargetID(0))
        log.write(LogLine(.error, "two\n  more"))
        let lines = try tree.tree.read("log").description.split(separator: "\n")
        #expect(lines.count == 4)
        #expect(lines[0].hasSuffix(" Normal: one"))
        #expect(lines[0].firstMatch(of: #/^\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4} /#) != nil)
        #expect(lines[1] == "rsync: half a line")
        #expect(lines[2].hasSuffix(" Error: two"))
        #expect(lines[3] == "  more")
    }

    @Test("a log that is renamed goes on in a new file")
    func rotation() throws {
        let tree = try TemporaryTree()
        let log = log(tree)
        log.write(LogLine(.normal, "before"))
        try tree.tree.rename("log", to: "log.1")
        log.write(LogLine(.normal, "after"))
        #expect(try tree.tree.read("log.1").description.hasSuffix("before\n"))
        #expect(try tree.tree.read("log").description.hasSuffix("after\n"))
    }

    @Test("a log that cannot be written stops nothing, and says how many messages are missing when it can")
    func unwritable() throws {
        let tree = try TemporaryTree()
        let log = log(tree)
        try tree.tree.makeDirectory("log")
        log.write(LogLine(.normal, "lost"))
        log.childOutput("lost too\n", of: TargetID(0))
        try tree.tree.removeAll("log")
        log.write(LogLine(.normal, "kept"))
        let lines = try tree.tree.read("log").description.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines[0].hasSuffix("it could not be written; 2 messages are missing here"))
        #expect(lines[1].hasSuffix("kept"))
    }

    @Test("what a target prints again whose problem has been told is dropped, unless everything is logged")
    func quiet() throws {
        for all in [false, true] {
            let tree = try TemporaryTree()
            var categories = LogCategories()
            if all { _ = categories.enable("all") }
            let log = log(tree, categories: categories)
            log.setQuiet(TargetID(1), true)
            log.childOutput("again\n", of: TargetID(1))
            log.childOutput("other\n", of: TargetID(0))
            log.setQuiet(TargetID(1), false)
            log.childOutput("later\n", of: TargetID(1))
            #expect(try tree.tree.read("log") == (all ? "again\nother\nlater\n" : "other\nlater\n"))
        }
    }

    @Test("lines that many threads write do not mix")
    func threads() async throws {
        let tree = try TemporaryTree()
        let log = log(tree)
        await withDiscardingTaskGroup { group in
            for number in 0..<8 {
                group.addTask {
                    for _ in 0..<100 {
                        log.write(LogLine(.normal, ByteString(Array(repeating: UInt8(97 + number), count: 300))))
                    }
                }
            }
        }
        let lines = try tree.tree.read("log").description.split(separator: "\n")
        #expect(lines.count == 800)
        #expect(lines.allSatisfy { Set($0.suffix(300)).count == 1 })
    }
}

@Suite("the status file on disk")
struct StatusFileTests {
    @Test("is replaced whole, and a failure is told once when it begins and once when it ends")
    func writing() throws {
        let tree = try TemporaryTree()
        var settings = Settings()
        settings.logFile = tree.path + "/log"
        let log = LogOutput(settings: settings, categories: LogCategories(), inForeground: false)
        var file = StatusFile(tree.path + "/dir/status", log: log)
        for _ in 0..<3 { file.write("x\n") }
        try tree.tree.makeDirectory("dir")
        for _ in 0..<3 { file.write("y\n") }
        #expect(try tree.tree.read("dir/status") == "y\n")
        #expect(try tree.tree.names("dir") == ["status"])
        let lines = try tree.tree.read("log").description.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[0].contains("Error: status file \"\(tree.path)/dir/status\": No such file or directory"))
        #expect(lines[2].hasSuffix("status\": works again"))
    }
}
