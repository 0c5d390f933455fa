import Glibc
import MirrorLinux

// The steps up to the fork run here, on the one thread that a fork keeps. The daemon then runs on Swift's pool while
// this thread only waits: an async entry point would let libdispatch take the main thread, with every signal unblocked.
let work: @Sendable () async -> Int32
switch Program.begin(ProgramWords.current) {
case .ended(let code):
    exit(code)
case .serves(let service):
    work = { await service.run() }
case .works(let asked):
    work = asked
}
Task { @concurrent in exit(await work()) }
while true { pause() }
