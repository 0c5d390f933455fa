import Glibc

/// An open file descriptor, closed once: when its owner is gone. -1 is none.
struct Descriptor: ~Copyable {
    let number: Int32

    init(_ number: Int32) { self.number = number }

    var isOpen: Bool { number >= 0 }

    deinit { if number >= 0 { close(number) } }
}
