internal import CLinux
import Foundation
import MirrorCore
import Testing

@testable import MirrorLinux

/// A scratch tree with a source on it, and everything that it has told.
final class WatchedTree: Sendable {
    let scratch = Scratch()
    let kernel: KernelThread
    let source: any SettlingSource
    /// What it tells, where any word about a file is as good as another.
    let notices = Collected<Notice>()
    /// Its very words.
    let words = Collected<Notice>()

    /// The tree is `tree` inside the scratch directory, so that things can be moved in and out.
    init(
        by kind: EventSourceKind = .inotify, mode: InotifyMode = .closeWrite, pace: InotifyPace = WatchedTree.fastPace,
        ignored: [String] = [],
        excluded: Set<RelativePath> = [], asUser user: uid_t? = nil,
        prepare: (Scratch) throws -> Void = { $0.makeDirectory("tree") }
    ) throws {
        try prepare(scratch)
        kernel = try KernelThread()
        kernel.start()
        if let user {
            chmod(scratch.path, 0o755)
            kernel.perform { cl_set_thread_user(user) }
        }
        let (notices, words) = (notices, words)
        let root = scratch.bytes("tree")
        var order = WatchOrder(kernel: kernel, root: root) { batch in
            for notice in batch {
                words.append(notice)
                notices.append(notice.withoutDetail)
            }
        }
        order.mode = mode
        order.pace = pace
        order.isExcluded = { excluded.contains($0) }
        order.ignoredFiles = ignored.map { root + "/" + ByteString($0) }
        source = kind == .fanotify ? try FanotifySource(order) : InotifySource(order)
        source.start()
    }

    static var fastPace: InotifyPace {
        var pace = InotifyPace()
        pace.rootCheck = .milliseconds(50)
        pace.unwatchableRetry = .milliseconds(100)
        pace.limitRetry = .milliseconds(100)
        return pace
    }

    /// Waits until everything that has happened is told.
    func settle() async -> Bool {
        await eventually { await self.isQuiet() }
    }

    private func isQuiet() async -> Bool {
        await withCheckedContinuation { continuation in
            let isTaken = kernel.perform { continuation.resume(returning: self.source.isQuiet) }
            if !isTaken { continuation.resume(returning: false) }
        }
    }

    /// What the body causes, in order.
    func told(_ body: () async throws -> Void) async throws -> [Notice] {
        #expect(await settle())
        let before = notices.count
        try await body()
        #expect(await settle())
        return Array(notices.all.dropFirst(before))
    }

    /// What the body causes, with repetitions left out, and also late ends of earlier writes: a child that another
    /// test starts holds our files open until it executes its program.
    func expect(
        _ expected: [Notice], sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
    ) async throws {
        let before = notices.all
        var told: [Notice] = []
        for notice in try await self.told(body) where told.last != notice {
            let isLate = if case .touched = notice { before.contains(notice) } else { false }
            if !isLate || expected.contains(notice) { told.append(notice) }
        }
        #expect(told == expected, sourceLocation: sourceLocation)
    }

    func stop() {
        source.stop()
        kernel.stop()
    }
}

/// Cancels the test, which is reported with the reason, where this can't be had here.
func skipWithout(_ kind: EventSourceKind) throws {
    guard kind == .fanotify, let obstacle = SourceUnderTest.fanotify.obstacle("/dev/shm") else { return }
    try Test.cancel("\(obstacle)")
}

/// Runs the body with a watched tree that ends with it.
func withWatchedTree(_ tree: WatchedTree, _ body: (WatchedTree) async throws -> Void) async throws {
    do { try await body(tree) } catch {
        tree.stop()
        throw error
    }
    tree.stop()
}

extension Notice {
    fileprivate var withoutDetail: Notice {
        switch self {
        case .writing(let path), .happened(.attributes, let path, isDirectory: false): .file(path)
        default: self
        }
    }

    static func file(_ path: RelativePath) -> Notice { .touched(path, isDirectory: false) }
    static func directory(_ path: RelativePath) -> Notice { .directoryAppeared(path, moved: false) }
}
