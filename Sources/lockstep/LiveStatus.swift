import Glibc
import MirrorCore
import MirrorDaemon
import MirrorLinux
import MirrorStatus

/// `lockstep status --watch` at a terminal: a screen that is drawn anew every second, until q or Ctrl-C.
struct LiveStatus {
    private static let ends: Set<UInt8> = [UInt8(ascii: "q"), UInt8(ascii: "Q"), 3, 4]

    let client: ControlClient
    let socket: ByteString

    /// The exit code.
    func show() -> Int32 {
        var screen = LiveScreen(isColored: getenv("NO_COLOR") == nil)
        let before = FullScreen.enter()
        var hasKeys = true
        while true {
            switch client.answer(socket, .live) {
            case .failure(let refusal):
                FullScreen.leave(before)
                return client.tell(refusal)
            case .success(let answer):
                guard answer.code == 0, let report = StatusLines(answer.text) else {
                    FullScreen.leave(before)
                    return client.tell(ControlRefusal(code: answer.code == 0 ? 1 : answer.code, text: answer.text))
                }
                let size = FullScreen.size
                FullScreen.draw(screen.frame(report, LiveScreen.Size(width: size.width, height: size.height)))
            }
            if !hasKeys { usleep(1_000_000) }
            guard hasKeys, let key = FullScreen.key() else {
                hasKeys = false
                continue
            }
            if Self.ends.contains(key) {
                FullScreen.leave(before)
                return 0
            }
        }
    }
}
