package import MirrorCore

/// A stand-in for rsync that transfers nothing: it writes down its command line and its standard input, and ends with
/// the code that the test wrote for its target.
package struct RecordingRsync: Sendable {
    package struct Call: Sendable, Equatable {
        package var words: [ByteString]
        package var input: ByteString
        /// The last word: where it would have copied to.
        package var target: ByteString { words.last ?? "" }
        /// The names on standard input, which are separated by zero bytes.
        package var names: [ByteString] { input.split(separator: 0).filter { !$0.isEmpty } }
    }

    /// What to give as rsync's path.
    package let binary: ByteString
    private let directory: DirectoryTree

    package init(in directory: DirectoryTree) throws {
        self.directory = directory
        binary = directory.path("rsync")
        try directory.makeDirectories("calls")
        try directory.makeDirectories("codes")
        try directory.write("rsync", ByteString(Self.script(directory.root)), mode: 0o755)
    }

    /// Each call in its own directory, whose name is given by mkdir, so that calls at the same time stay apart and one
    /// that is still being written is not seen.
    private static func script(_ root: ByteString) -> String {
        """
        #!/bin/bash
        if [ "$1" = --version ]; then echo 'rsync  version 3.2.7  protocol version 31'; exit 0; fi
        cd '\(root)' || exit 99
        number=0
        # Only what this call has made is taken away again: an empty directory may be another one's.
        while true; do
          if mkdir "calls/new.$number" 2>/dev/null; then
            [ -e "calls/$number" ] || break
            rmdir "calls/new.$number"
          fi
          number=$((number + 1))
        done
        for word in "$@"; do printf '%s\\0' "$word"; done >"calls/new.$number/words"
        cat >"calls/new.$number/input"
        mv -T "calls/new.$number" "calls/$number"
        target="${@: -1}"
        code="codes/${target//\\//:}"
        if [ -e "$code" ]; then exit "$(cat "$code")"; fi
        exit 0

        """
    }

    /// From now on a call with this last word ends with `code`.
    package func answer(_ target: ByteString, with code: Int32) throws {
        let name = ByteString(target.bytes.map { $0 == UInt8(ascii: "/") ? UInt8(ascii: ":") : $0 })
        try directory.write("codes/.next", ByteString("\(code)"))
        try directory.rename("codes/.next", to: "codes/" + name)
    }

    /// All calls that are over reading their input, in their order.
    package func calls() throws -> [Call] {
        let numbers = try directory.names("calls").compactMap { Int($0.description) }.sorted()
        return try numbers.map { number in
            let words = try directory.read(ByteString("calls/\(number)/words")).split(separator: 0).dropLast()
            return Call(words: Array(words), input: try directory.read(ByteString("calls/\(number)/input")))
        }
    }
}
