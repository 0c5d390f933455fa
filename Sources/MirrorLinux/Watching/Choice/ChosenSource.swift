internal import CLinux
import Glibc
package import MirrorCore

/// The event source that fits what the source is just now: it is chosen when the root is there, and again when the root
/// has become another directory, which may be on another file system. `watchedBy` tells what was chosen, and why.
///
/// `@unchecked Sendable`: everything that changes is touched only on the kernel thread.
package final class ChosenSource: EventSource, @unchecked Sendable {
    private let order: WatchOrder
    private let wish: EventSourceKind?

    private var current: (any EventSource)?
    /// Counts the sources, so that what an earlier one still says is not heard.
    private var turn = 0
    /// Something was watched before: who takes its place has missed what lies between.
    private var isAgain = false
    private var isStopped = false
    private var isToldGone = false
    private var rootTimer: TimerID?
    private var waiters: [Int: @Sendable () -> Void] = [:]
    private var lastWaiter = 0

    /// - Parameter wish: nil leaves the choice to what the source allows.
    package init(_ order: WatchOrder, wish: EventSourceKind? = nil) {
        self.order = order
        self.wish = wish
    }

    package func start() { order.kernel.perform { self.choose() } }

    package func stop() {
        order.kernel.perform {
            self.isStopped = true
            self.drop()
        }
    }

    package func catchUp(_ done: @escaping @Sendable () -> Void) {
        order.kernel.perform {
            self.lastWaiter += 1
            self.waiters[self.lastWaiter] = done
            if let current = self.current { self.ask(current, for: self.lastWaiter) }
        }
    }

    package func watchedDirectories(limit: Int) async -> (count: Int, list: [(Int32, RelativePath)]) {
        let current: (any EventSource)? = await withCheckedContinuation { continuation in
            let isTaken = order.kernel.perform { continuation.resume(returning: self.current) }
            if !isTaken { continuation.resume(returning: nil) }
        }
        return await current?.watchedDirectories(limit: limit) ?? (0, [])
    }
}

// MARK: Choosing

extension ChosenSource {
    private func choose() {
        guard !isStopped else { return }
        guard isRootThere else { return waitForRoot() }
        isToldGone = false
        turn += 1
        let turn = turn
        var own = order
        own.deliver = { [weak self] in self?.pass($0, of: turn) }
        own.chooseAgain = { [weak self] in self?.chooseAgain(after: turn) }
        let (source, means) = SourceProbe.choose(own, wish: wish)
        current = source
        order.deliver([.watchedBy(means)])
        source.start()
        for waiter in waiters.keys.sorted() { ask(source, for: waiter) }
    }

    /// What is wrong with a root that is there, the source itself says.
    private var isRootThere: Bool {
        do throws(SystemCallError) {
            return try FileFacts.at(order.root.isEmpty ? "/" : order.root, followsLinks: true).kind == .directory
        } catch {
            return ![ENOENT, ENOTDIR].contains(error.errno)
        }
    }

    private func waitForRoot() {
        if !isToldGone { order.deliver([.rootGone]) }
        isToldGone = true
        isAgain = true
        rootTimer = order.kernel.schedule(after: order.pace.rootCheck) { self.choose() }
    }

    /// What it still says is not heard.
    private func drop() {
        turn += 1
        order.kernel.cancel(rootTimer)
        rootTimer = nil
        current?.stop()
        current = nil
    }

    private func pass(_ notices: [Notice], of turn: Int) {
        guard turn == self.turn else { return }
        guard let gone = notices.firstIndex(of: .rootGone) else { return order.deliver(completed(notices)) }
        // What comes behind is about another root already, and its source will tell it.
        order.deliver(completed(Array(notices[...gone])))
        isToldGone = true
        chooseAgain(after: turn)
    }

    private func chooseAgain(after turn: Int) {
        guard turn == self.turn else { return }
        isAgain = true
        drop()
        order.kernel.perform { self.choose() }
    }

    private func completed(_ notices: [Notice]) -> [Notice] {
        guard isAgain, let live = notices.firstIndex(where: \.isLive) else { return notices }
        isAgain = false
        let lost = Notice.lost(.root, reason: .rewatched)
        return notices[..<live] + (notices[..<live].contains(lost) ? [] : [lost]) + notices[live...]
    }

    private func ask(_ source: any EventSource, for waiter: Int) {
        source.catchUp { self.waiters.removeValue(forKey: waiter)?() }
    }
}

extension Notice {
    fileprivate var isLive: Bool {
        if case .live = self { true } else { false }
    }
}
