import Foundation
import Testing

@Suite("the benchmarks measure what they say")
struct BenchmarkTests {
    private static let hasTools = ["python3", "gcc"].allSatisfy { run("command -v \($0)", in: Tree.root).status == 0 }

    @Test(
        "the harness's own tests pass: sums, comparison of trees, pages",
        .enabled(if: hasTools, "python3 or gcc is not installed"))
    func selfTest() {
        let result = Self.run("PYTHONDONTWRITEBYTECODE=1 python3 Benchmarks/selftest 2>&1", in: Tree.root)
        #expect(result.status == 0, "\(result.text.suffix(4000))")
        #expect(result.text.contains("\nOK"))
    }

    @Test("every Python source compiles", .enabled(if: hasTools, "python3 or gcc is not installed"))
    func compiles() {
        let sources = "find Benchmarks -name '*.py'; echo Benchmarks/bench Benchmarks/report Benchmarks/compare"
        let cache = "PYTHONPYCACHEPREFIX=$(mktemp -d)"
        let words = "export \(cache); python3 -m py_compile $(\(sources)) 2>&1; code=$?"
        let result = Self.run("\(words); rm -rf \"$PYTHONPYCACHEPREFIX\"; exit $code", in: Tree.root)
        #expect(result.status == 0, "\(result.text)")
    }

    @Test("the table of the benchmarks has its place in README")
    func markers() throws {
        let readme = try #require(SourceFile(path: "README.md"))
        let markers = readme.lines.filter { $0.hasPrefix("<!-- benchmarks:") }
        #expect(markers == ["<!-- benchmarks:begin -->", "<!-- benchmarks:end -->"])
    }

    private static func run(_ command: String, in folder: URL) -> (status: Int32, text: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.currentDirectoryURL = folder
        process.arguments = ["-c", command]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { return (127, "\(error)") }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }
}
