import MirrorCore
import MirrorDaemon
import MirrorLinux
import MirrorStatus

extension FuzzTarget {
    /// Any bytes at the control socket: a request, or none; and as the answer of a program.
    static let control = FuzzTarget(
        "control",
        seeds: [
            "hello\0\0", "status\0json=1\0\0", "flush\0timeout=30000\0target=web\0target=h:/x\0\0",
            "wait\0token=12-3\0timeout=1\0\0", "pause\0length=5000\0\0", "resync\0path=/srv/a=b\0\0",
            "explain\0path=/x\0directory=1\0\0", "0\nall well\n",
            "program\tlockstep 1\t5000\nsource\t/s/\t1\t7\ntarget\ta\tb:/c/\tfailing\tx\t3\t1500\t4\t5\t-\n"
                + "problem\t900\ta: b\u{1e}  c\n",
        ],
        words: ["\0", "=", "target=", "timeout=", "token=1", "length=", "-1", "99999999999999999999", "path=", "\n"]
    ) { input in
        if let words = LocalRequest.words(in: input), let request = ControlRequest(words) {
            check(ControlRequest(request.words) == request, "\(request) is another one after writing and reading")
        }
        if let answer = ControlAnswer(received: ByteString(input)) {
            let again = ControlAnswer(received: answer.bytes)
            check(again == answer, "\(answer) is another one after writing and reading")
        }
        if let lines = StatusLines(ByteString(input)) {
            check(StatusLines(lines.text) == lines, "\(lines) are others after writing and reading")
            var screen = LiveScreen(isColored: false)
            let size = LiveScreen.Size(width: 40, height: 12)
            for _ in 0..<2 { check(screen.frame(lines, size).count == size.height, "a screen of another height") }
        }
        let text = JSONText.text(ByteString(input)).rendered.bytes
        check(text.dropFirst().dropLast().allSatisfy { $0 >= 0x20 && $0 != 0x7f }, "a control byte in JSON")
    }
}
