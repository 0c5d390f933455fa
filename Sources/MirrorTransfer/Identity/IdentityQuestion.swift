package import MirrorCore

/// The question that a host is asked about a directory of its own, as one command for its login shell, and the answer.
///
/// Lines that are not marked are noise of a login file.
package enum IdentityQuestion {
    private static let mark: ByteString = "lockstep-identity "

    /// POSIX sh, on one line without `!`, so that csh and fish hand it over as it is. `cd` and `pwd -P` say where the
    /// directory really is; where it does not exist yet, its nearest parent answers.
    private static let script: ByteString = """
        CDPATH=; m=lockstep-identity; d=$1; echo "$m boot $(cat /proc/sys/kernel/random/boot_id 2>/dev/null)"; \
        until cd -- "$d" 2>/dev/null; do echo "$m missing"; case $d in .) break;; */*) d=${d%/*};; *) d=.;; esac; \
        [ -n "$d" ] || d=/; done; p=$(pwd -P); echo "$m path $p"; \
        while :; do echo "$m file $(stat -L -c %d:%i -- "$p" 2>/dev/null)"; [ "$p" = / ] && break; p=${p%/*}; \
        [ -n "$p" ] || p=/; done; echo "$m end"
        """

    package static func command(for path: ByteString) -> ByteString {
        var path = path
        // The remote shell reads these as the home directory, which is where it starts.
        if path.hasPrefix("~/") { path = ByteString(Array(path.bytes.dropFirst(2))) }
        if path.isEmpty || path == "~" { path = "." }
        return "sh -c " + ShellWords.quoted(script) + " sh " + ShellWords.quoted(path)
    }

    package struct Answer: Sendable, Equatable {
        package var bootID: ByteString
        package var chain: DirectoryChain
    }

    /// nil where the command did not run to its end.
    package static func answer(in output: [ByteString], to path: ByteString) -> Answer? {
        var answer = Answer(bootID: "", chain: DirectoryChain(identities: [], path: ""))
        var missing = 0
        for line in output where line.hasPrefix(mark) {
            let rest = ByteString(Array(line.bytes.dropFirst(mark.count)))
            if rest == "end" {
                answer.chain.missing = lastNames(missing, of: path)
                return answer
            }
            if rest == "missing" { missing += 1 }
            if let boot = value(of: "boot ", in: rest) { answer.bootID = boot }
            if let path = value(of: "path ", in: rest) { answer.chain.path = path }
            if let file = value(of: "file ", in: rest) {
                let numbers = file.split(separator: UInt8(ascii: ":")).compactMap { UInt64($0.description) }
                guard numbers.count == 2 else { continue }
                answer.chain.identities.append(.init(device: numbers[0], inode: numbers[1]))
            }
        }
        return nil
    }

    private static func value(of key: ByteString, in line: ByteString) -> ByteString? {
        line.hasPrefix(key) ? ByteString(Array(line.bytes.dropFirst(key.count))) : nil
    }

    /// The script takes one name away for each `missing`; a slash at the end counts as one without a name.
    private static func lastNames(_ count: Int, of path: ByteString) -> ByteString {
        guard count > 0 else { return "" }
        let names = path.bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return ByteString(Array(names.suffix(count).filter { !$0.isEmpty }.joined(separator: [0x2f])))
    }
}
