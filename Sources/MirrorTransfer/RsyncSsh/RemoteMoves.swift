import Glibc
package import MirrorCore
import MirrorLinux

/// Renames inside a source that a target can repeat instead of getting the content anew, and the one command that does
/// them all there.
///
/// A move is a hint. Whatever comes of it, both its ends are compared by rsync afterwards; so a move that finds other
/// files than it expects may cost time, and never truth.
package struct RemoteMoves: Sendable, Equatable {
    package struct Move: Sendable, Equatable {
        package var old: RelativePath
        package var new: RelativePath

        package init(old: RelativePath, new: RelativePath) {
            self.old = old
            self.new = new
        }
    }

    package private(set) var moves: [Move] = []

    /// Those of the batch, in order, that still stand so at the source: the new name is there and the old one is not.
    package init(_ changes: [Change], isPresent: (RelativePath) -> Bool?) {
        for change in changes {
            guard let old = change.movedFrom, !old.isRoot, !change.path.isRoot, old != change.path,
                !old.contains(change.path), !change.path.contains(old)
            else { continue }
            guard isPresent(old) == false, isPresent(change.path) == true else { continue }
            moves.append(Move(old: old, new: change.path))
        }
    }

    /// It blocks.
    package init(_ changes: [Change], in source: ByteString) {
        self.init(changes) { path in
            do throws(SystemCallError) {
                _ = try FileFacts.at(source + "/" + path.byteString)
                return true
            } catch {
                return error.errno == ENOENT || error.errno == ENOTDIR ? false : nil
            }
        }
    }

    package var isEmpty: Bool { moves.isEmpty }

    /// Pairs of names below the target's directory, each with a zero byte behind it; `./` keeps a name from being taken
    /// for an option.
    package var list: [UInt8] {
        var list: [UInt8] = []
        for move in moves {
            for path in [move.old, move.new] { list += [0x2e, 0x2f] + path.bytes + [0] }
        }
        return list
    }

    /// Pairs per shell, so that the longest names fit into what xargs hands over at once.
    private static let wordsPerShell = 16

    /// Moves where the old name is there, no part of the way is a symbolic link, and nothing stands at the new name
    /// that a move would go into. It says nothing of single moves: rsync looks at both ends.
    private static let script: ByteString = """
        way() { p=${1%/*}; while [ "$p" != . ]; do [ -h "$p" ] && return 1; p=${p%/*}; done; [ -d "${1%/*}" ]; }; \
        while [ $# -gt 1 ]; do o=$1; n=$2; shift 2; { [ -e "$o" ] || [ -h "$o" ]; } || continue; \
        [ -d "$n" ] || [ -h "$n" ] && continue; way "$o" && way "$n" && mv -f "$o" "$n"; done; exit 0
        """

    /// The same for Perl, which Debian and its like always have: a thousand renames take it less time than the start of
    /// ten programs `mv`. It renames and never copies: what lies on another file system is a transfer.
    private static let fastScript: ByteString = """
        sub way { my @p = split m{/}, $_[0]; pop @p; my $d = shift @p; \
        for (@p) { $d .= "/$_"; return 0 if -l $d or not -d $d } return 1 } $/ = chr 0; \
        while (defined(my $o = <STDIN>) and defined(my $n = <STDIN>)) { chomp $o; chomp $n; \
        next unless -e $o or -l $o; next if -d $n or -l $n; rename $o, $n if way($o) and way($n) } exit 0
        """

    /// One command for the login shell of the host, which finds the list at its standard input. POSIX sh on one line
    /// without `!`, so that csh and fish hand it over as it is.
    package static func command(in directory: ByteString, listReader: ByteString) -> ByteString {
        var directory = directory
        // The remote shell reads these as the home directory, which is where it starts.
        if directory.hasPrefix("~/") { directory = "./" + ByteString(Array(directory.bytes.dropFirst(2))) }
        if directory.isEmpty || directory == "~" { directory = "." }
        if directory.hasPrefix("-") { directory = "./" + directory }
        let outer = ByteString(
            #"CDPATH=; cd -- "$1" || exit 3; "#
                + #"if [ "$2" = xargs ] && perl -e 1 2>/dev/null; then exec perl -e "$4"; fi; "#
                + #"exec "$2" -0 -n \#(wordsPerShell) sh -c "$3" sh"#)
        let words = [directory, listReader, script, fastScript].map(\.quoted)
        return (["sh -c", outer.quoted, "sh"] + words).joined(separator: " ")
    }
}

extension ByteString {
    fileprivate var quoted: ByteString { ShellWords.quoted(self) }
}
