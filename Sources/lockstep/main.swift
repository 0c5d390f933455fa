import Glibc
import MirrorLinux

// The steps up to the fork run here, on the one thread that a fork keeps. The daemon then runs on Swift's pool while
// this thread only waits: an async entry point would let libdispatch take the main thread, with every signal unblocked.
switch Program.begin(ProgramWords.current) {
case .ended(let code):
    exit(code)
case .serves(let service):
    Task { @concurrent in exit(await service.run()) }
    while true { pause() }
}
