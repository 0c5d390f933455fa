package import MirrorCore
package import MirrorLinux

/// A core with any number of targets that nothing really happens to, served as the program serves its own: for
/// measuring, and for tests of what large installations get to see.
package struct ServedCore: ~Copyable {
    private var mirrors: Mirrors
    private var publisher: Publisher
    private let inbox = Inbox()
    private let web: WebService

    /// nil where the settings serve nothing. Every tenth target can't be reached; all of them owe `changes`.
    package init?(settings: Settings, options: DaemonOptions, changes: Int) {
        guard let web = WebService(settings, options, inbox: inbox) else { return nil }
        self.web = web
        publisher = Publisher(board: web.board, words: Narrator.words(settings))
        mirrors = Mirrors(settings: settings, seed: 1)
        live(through: changes)
    }

    private mutating func live(through changes: Int) {
        let source = SourceID(0)
        var actions: [Action] = []
        var now = Clock.now()
        mirrors.start(at: now, into: &actions)
        let beginning: [Event] =
            [.noticed(source, .live(directories: 1))]
            + mirrors.mirrors.map { .targetIdentified($0.id, .distinct) } + [.sourceChecked(source, SourceReport())]
        for events in [beginning, [.sourceChecked(source, SourceReport())]] {
            for event in events { mirrors.handle(event, at: now, into: &actions) }
            mirrors.settle(at: now, into: &actions)
        }
        for case .startTransfer(let job) in actions {
            now = Clock.now()
            let isGood = !job.target.index.isMultiple(of: 10)
            var outcome = Outcome(isGood ? .done : .failed(Failure(.unreachable, detail: "no route to host")))
            outcome.bytes = 1000
            var ends: [Action] = []
            mirrors.handle(.transferEnded(job.id, outcome), at: now, into: &ends)
            for case .report(let report) in ends { publisher.heard(report, at: now) }
        }
        for number in 0..<changes {
            let path = RelativePath(uncheckedBytes: Array("upload/\(number % 100)/file\(number).jpg".utf8))
            mirrors.handle(.noticed(source, .touched(path, isDirectory: false)), at: now, into: &actions)
        }
    }

    /// Serves until `isOver`, as the loop does; answers the longest time that one telling took.
    package mutating func serve(until isOver: @Sendable () -> Bool) async throws(SystemCallError) -> Duration {
        let inbox = inbox
        let kernel = try KernelThread(
            callbacks: KernelCallbacks(deadlineReached: { inbox.wake() }, signalled: { _ in }))
        kernel.start()
        var longest = Duration.zero
        while !isOver() {
            let now = Clock.now()
            publisher.tell(mirrors, at: now)
            longest = max(longest, Clock.now() - now)
            kernel.setDeadline(publisher.deadline)
            _ = await inbox.drain()
        }
        kernel.stop()
        await web.close()
        return longest
    }

    /// To end `serve`, or to make it take a turn.
    package var wake: @Sendable () -> Void { { [inbox] in inbox.wake() } }
}
