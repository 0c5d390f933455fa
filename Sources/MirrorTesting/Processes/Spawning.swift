import Glibc
import MirrorCore

/// posix_spawn(3) with what every child of the fixtures gets: default signals, a group of its own, three descriptors.
enum Spawning {
    /// POSIX_SPAWN_SETSID of <spawn.h>, which Swift's view of that header leaves out.
    private static let setSession: Int32 = 0x80

    /// Returns zero or the error number. `descriptors` become 0, 1 and 2.
    static func start(
        _ words: [ByteString], environment: [String], descriptors: [Int32], directory: ByteString? = nil,
        ownSession: Bool = false, process: inout pid_t
    ) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, descriptor) in descriptors.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(number))
        }
        var attributes = attributes(ownSession: ownSession)
        defer { posix_spawnattr_destroy(&attributes) }
        let place: [ByteString] = directory.map { ["/usr/bin/env", "--chdir", $0] } ?? []
        let arguments = (place + words).map { word in CPath(word).withPointer { strdup($0) } } + [nil]
        let variables = environment.map { strdup($0) } + [nil]
        defer { for pointer in arguments + variables { free(pointer) } }
        return posix_spawnp(&process, arguments[0] ?? strdup(""), &actions, &attributes, arguments, variables)
    }

    private static func attributes(ownSession: Bool) -> posix_spawnattr_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var all = sigset_t()
        sigfillset(&all)
        sigdelset(&all, SIGKILL)
        sigdelset(&all, SIGSTOP)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setpgroup(&attributes, 0)
        let group = ownSession ? setSession : Int32(POSIX_SPAWN_SETPGROUP)
        let flags = Int32(POSIX_SPAWN_SETSIGDEF) | Int32(POSIX_SPAWN_SETSIGMASK) | group
        posix_spawnattr_setflags(&attributes, Int16(flags))
        return attributes
    }
}
