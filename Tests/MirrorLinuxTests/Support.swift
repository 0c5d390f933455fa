import Foundation
import MirrorCore
import Synchronization
import Testing

@testable import MirrorLinux

/// A directory of one test, on tmpfs, gone with it.
final class Scratch: Sendable {
    let path: String

    init() {
        var template = Array("/dev/shm/lockstep-test-XXXXXX".utf8CString)
        path = mkdtemp(&template).map { String(cString: $0) } ?? ""
        precondition(!path.isEmpty, "mkdtemp")
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func bytes(_ name: String = "") -> ByteString { ByteString(name.isEmpty ? path : path + "/" + name) }

    func write(_ name: String, _ text: String = "x") {
        let file = open(path + "/" + name, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0o644)
        precondition(file >= 0, name)
        _ = Glibc.write(file, text, text.utf8.count)
        close(file)
    }

    func read(_ name: String) -> String? {
        FileManager.default.contents(atPath: path + "/" + name).map { String(decoding: $0, as: UTF8.self) }
    }

    func makeDirectory(_ name: String) {
        precondition(mkdir(path + "/" + name, 0o755) == 0, "mkdir \(name)")
    }

    func makeDirectories(_ name: String) {
        try? FileManager.default.createDirectory(atPath: path + "/" + name, withIntermediateDirectories: true)
    }

    func rename(_ old: String, _ new: String) {
        precondition(Glibc.rename(path + "/" + old, path + "/" + new) == 0, "rename \(old)")
    }
}

/// Runs the body with a kernel thread that ends with it.
func withKernel<Result>(
    _ callbacks: KernelCallbacks = KernelCallbacks(), _ body: (KernelThread) async throws -> Result
) async throws -> Result {
    let kernel = try KernelThread(callbacks: callbacks)
    kernel.start()
    do {
        let result = try await body(kernel)
        kernel.stop()
        return result
    } catch {
        kernel.stop()
        throw error
    }
}

/// Waits until the condition holds; false after the deadline, which is no measure of anything.
func eventually(within limit: Duration = .seconds(180), _ condition: () async -> Bool) async -> Bool {
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end {
        if await condition() { return true }
        try? await Task.sleep(for: .milliseconds(2))
    }
    return await condition()
}

/// `eventually` as an expectation. (The compiler confuses closures inside `#expect` with others of the same
/// function.)
func expectEventually(
    sourceLocation: SourceLocation = #_sourceLocation, _ condition: () async -> Bool
) async {
    let isTrue = await eventually(condition)
    #expect(isTrue, sourceLocation: sourceLocation)
}

/// What threads hand to a test.
final class Collected<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])
    func append(_ element: Element) { elements.withLock { $0.append(element) } }
    var all: [Element] { elements.withLock { $0 } }
    var count: Int { all.count }
}

extension Command {
    static func shell(_ script: String) -> Command {
        Command(executable: "/bin/sh", arguments: ["sh", "-c", ByteString(script)])
    }
}
