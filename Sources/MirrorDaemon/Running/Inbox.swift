package import MirrorCore
package import MirrorLinux
import Synchronization

/// Where events wait for the loop: the one place between the kernel thread, the child tasks and the core.
///
/// Any thread may post. Completions are always accepted, since each belongs to something that runs; notices beyond the
/// bound become one "compare everything", so a storm costs memory up to a limit and is never silently lost.
package final class Inbox: Sendable {
    private struct State {
        var events: [Event] = []
        var asked: [LocalNews] = []
        var found: [DiscoveryNews] = []
        var read: [ReadAgain] = []
        var told: [HookNews] = []
        var notices = 0
        var isWoken = false
        var waiter: CheckedContinuation<Void, Never>?

        var isEmpty: Bool {
            !isWoken && events.isEmpty && asked.isEmpty && found.isEmpty && read.isEmpty && told.isEmpty
        }
    }

    private let noticeLimit: Int
    // The one lock on the way of a change: every event passes through here.
    private let state = Mutex(State())

    package init(noticeLimit: Int = 500_000) { self.noticeLimit = noticeLimit }

    package func post(_ event: Event) { post([event]) }

    package func post(_ events: [Event]) {
        add { state in
            state.events.append(contentsOf: events)
            state.notices += events.count { if case .noticed = $0 { true } else { false } }
            if state.notices > noticeLimit { fold(&state) }
        }
    }

    /// Somebody at the control socket wants something, or does not any more.
    package func post(_ news: LocalNews) { add { $0.asked.append(news) } }

    /// A look for targets has ended.
    package func post(_ news: DiscoveryNews) { add { $0.found.append(news) } }

    /// The configuration has been read again.
    package func post(_ read: ReadAgain) { add { $0.read.append(read) } }

    /// A command that was told something has ended.
    package func post(_ news: HookNews) { add { $0.told.append(news) } }

    /// The loop takes a turn, whether something waits or not.
    package func wake() { add { $0.isWoken = true } }

    private func add(_ change: (inout State) -> Void) {
        let waiter = state.withLock { state in
            change(&state)
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// Everything that waits, in the order of posting; waits for the first. One caller at a time.
    package func drain() async -> Mail {
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                let isEmpty = state.isEmpty
                if isEmpty { state.waiter = continuation }
                return isEmpty
            }
            if !isEmpty { continuation.resume() }
        }
        return rest()
    }

    /// Everything that waits, if there is anything.
    package func rest() -> Mail {
        state.withLock { state in
            defer {
                state.events = []
                state.asked = []
                state.found = []
                state.read = []
                state.told = []
                state.notices = 0
                state.isWoken = false
            }
            return Mail(
                events: state.events, asked: state.asked, found: state.found, read: state.read, told: state.told)
        }
    }

    package struct Mail: Sendable {
        package var events: [Event]
        package var asked: [LocalNews]
        package var found: [DiscoveryNews]
        package var read: [ReadAgain]
        package var told: [HookNews]
    }

    /// What says that a watch stands or is gone stays; changes of single names become a mark on the whole tree.
    private func fold(_ state: inout State) {
        var sources: Set<SourceID> = []
        state.events = state.events.filter { event in
            guard case .noticed(let source, let notice) = event else { return true }
            switch notice {
            case .live, .rootGone, .watchedBy, .uncovered: return true
            case .touched, .writing, .unchanged, .happened, .fileArrived, .directoryAppeared, .directoryFound,
                .disappeared, .renamed, .lost, .missed:
                sources.insert(source)
                return false
            }
        }
        // First: what follows may say that everything before it has been noticed.
        state.events = sources.sorted().map { .noticed($0, .lost(.root, reason: .overflow)) } + state.events
        state.notices = 0
    }
}
