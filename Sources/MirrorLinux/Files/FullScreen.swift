import Glibc
package import MirrorCore

/// A terminal that one program has for itself: another screen than the shell's, no cursor, keys as they are pressed.
/// It is given back by `leave`, and by a signal that ends the program.
package enum FullScreen {
    private static let entry: ByteString = "\u{1b}[?1049h\u{1b}[?25l"
    private static let exit: StaticString = "\u{1b}[0m\u{1b}[?25h\u{1b}[?1049l"

    /// What the terminal was before; nil where keys don't come from one.
    package struct Before: ~Copyable {
        fileprivate var keys: termios?
    }

    package static func enter() -> Before {
        var before = Before(keys: nil)
        var keys = termios()
        if tcgetattr(STDIN_FILENO, &keys) == 0 {
            before.keys = keys
            keys.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
            tcsetattr(STDIN_FILENO, TCSANOW, &keys)
        }
        for number in [SIGTERM, SIGHUP] {
            signal(number) { number in
                FullScreen.giveBack()
                _exit(128 + number)
            }
        }
        // Only so that waiting for a key ends.
        signal(SIGWINCH) { _ in }
        Terminal.output(entry)
        return before
    }

    package static func leave(_ before: consuming Before) {
        giveBack()
        if var keys = before.keys { tcsetattr(STDIN_FILENO, TCSANOW, &keys) }
    }

    private static func giveBack() { _ = write(STDOUT_FILENO, exit.utf8Start, exit.utf8CodeUnitCount) }

    /// The lines in place of those of before.
    package static func draw(_ lines: [ByteString]) {
        var text: ByteString = "\u{1b}[H"
        for (index, line) in lines.enumerated() { text += (index > 0 ? "\r\n" : "") + line + "\u{1b}[K" }
        Terminal.output(text + "\u{1b}[J")
    }

    /// Columns and lines; 80 and 24 where the terminal does not say.
    package static var size: (width: Int, height: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return (80, 24)
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// The key that was pressed within a second; 0 for none, nil where no key will come any more.
    package static func key() -> UInt8? {
        var wanted = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        guard poll(&wanted, 1, 1000) > 0 else { return 0 }
        var key: UInt8 = 0
        return read(STDIN_FILENO, &key, 1) == 1 ? key : nil
    }
}
