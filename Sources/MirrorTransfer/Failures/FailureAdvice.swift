package import MirrorCore

/// One sentence per cause: what a person can do.
package enum FailureAdvice {
    package static func cure(for failure: Failure, target: ByteString) -> String {
        let host = TargetAddress(target).hostName.map(\.description) ?? "this machine"
        return switch failure.cause {
        case .unreachable:
            "Check that \(host) is up and its port answers from here; the transfer is tried again by itself."
        case .tunnelDown:
            "Look why the command of tunnel{…} does not stay up (its lines stand in the log); it is started again by itself."
        case .hostKeyUnknown:
            "Check the key of \(host) and add it to known_hosts of the user that runs this program: "
                + "ssh-keyscan \(host), or one ssh \(host) by hand."
        case .hostKeyChanged:
            "Find out why the key of \(host) has changed; if that is right, remove the old one: ssh-keygen -R \(host)."
        case .permissionDenied:
            "Let \(host) take the key (authorized_keys there) or the password of the module; "
                + "the next try waits five minutes, so that nobody is locked out."
        case .sudoPassword:
            "Allow rsync without a password in the sudoers file of \(host) (NOPASSWD for rsync)."
        case .mirroredByAnother:
            "Stop one of the two; this one goes on by itself when the other is gone."
        case .commandsRefused:
            "Give the account at \(host) a shell that runs rsync, or pin rsync --server for its key; "
                + "rsync cannot speak sftp."
        case .loginNoise:
            "Make the login files on \(host) silent for shells without a terminal; "
                + "ssh \(host) true must print nothing."
        case .moduleError:
            "Check the module in rsyncd.conf on \(host): its name, its path, and that it may be written."
        case .noSpace: "Make space at \(target), then everything arrives by itself."
        case .rsyncMissingThere: "Install rsync on \(host), or name it with rsync_path."
        case .rsyncMissingHere: "Install rsync here, or name it with rsync.binary."
        case .connectionLost: "Look at the network and at the log of sshd or rsync on \(host)."
        case .stalled:
            "Look why \(host) does not take data (a hanging disk or file system, a dead link); "
                + "progressTimeout says how long is waited."
        case .refusedWords where failure.detail.contains("option -s "):
            "rrsync does not take -s: write rsync = { protect_args = false } for this sync."
        case .refusedWords:
            "Compare the words that \(host) or a wrapper allows with rsyncOpts or rsync{…} of this sync."
        case .killed: "Look who ends rsync (memory, limits, an operator); it is tried again by itself."
        case .exited: "See rsync's own lines in the log; rsync(1) lists its exit codes."
        case .targetUnusable: "Make the directory of \(target), or let the user write there."
        }
    }
}
