import Glibc
import MirrorCore
import Synchronization

/// Cleans up after a test program that could not do it itself.
///
/// A shell that reads, over a socket, which process groups and directories belong to us. It sees the end of the stream
/// when this program ends, however it ended, and removes what is left then. PR_SET_PDEATHSIG would not do: it fires
/// when the *thread* that spawned ends (prctl(2)), and the threads of Swift's pool come and go.
final class Guardian: Sendable {
    static let shared = Guardian()

    private let line: Mutex<Int32>

    private static let script = """
        declare -A groups directories settings mounts
        while read -r deed subject; do
          case $deed in
            +group) groups[$subject]=1 ;;
            -group) unset "groups[$subject]" ;;
            +directory) directories[$subject]=1 ;;
            -directory) unset "directories[$subject]" ;;
            +mount) mounts[$subject]=1 ;;
            -mount) unset "mounts[$subject]" ;;
            +setting) settings[${subject%% *}]=${subject#* } ;;
            -setting) unset "settings[$subject]" ;;
          esac
        done
        for setting in "${!settings[@]}"; do echo "${settings[$setting]}" >"$setting"; done
        for group in "${!groups[@]}"; do kill -KILL -- "-$group" 2>/dev/null; done
        for mount in "${!mounts[@]}"; do umount --lazy --recursive -- "$mount" 2>/dev/null; done
        [ ${#directories[@]} = 0 ] || rm -rf --one-file-system -- "${!directories[@]}"
        """

    private init() {
        guard let ends = Descriptor.pair() else {
            line = Mutex(-1)
            return
        }
        var started: pid_t = 0
        let words = ["/bin/bash", "--norc", "-c", Self.script]
        let result = Spawning.start(
            words.map { ByteString($0) }, environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
            descriptors: [ends.far, 2, 2],
            ownSession: true, process: &started)
        close(ends.far)
        if result != 0 { close(ends.near) }
        line = Mutex(result == 0 ? ends.near : -1)
    }

    func watch(group: pid_t) { tell("+group \(group)") }
    func forget(group: pid_t) { tell("-group \(group)") }
    func watch(directory: ByteString) { tell("+directory \(directory)") }
    func forget(directory: ByteString) { tell("-directory \(directory)") }
    func watch(mount: ByteString) { tell("+mount \(mount)") }
    func forget(mount: ByteString) { tell("-mount \(mount)") }
    /// A file of the kernel that gets this value back.
    func watch(setting: ByteString, value: ByteString) { tell("+setting \(setting) \(value)") }
    func forget(setting: ByteString) { tell("-setting \(setting)") }

    private func tell(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        line.withLock { line in
            guard line >= 0 else { return }
            // MSG_NOSIGNAL: a guardian that was killed must not take the tests with it.
            _ = send(line, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }
    }
}
