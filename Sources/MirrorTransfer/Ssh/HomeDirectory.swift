package import MirrorCore

/// `host:~/dir` means the home directory, which a shell there has to say. With `-s` no shell sees the word, and rsync
/// makes a directory of that name; but it starts in the home directory, so the way from there means the same.
package enum HomeDirectory {
    package static func plain(_ target: ByteString, words: PersonWords) -> ByteString {
        guard words.protectsArguments, case .shell(_, let path) = TargetAddress(target) else { return target }
        guard path == "~" || path.hasPrefix("~/") else { return target }
        let host = target.bytes.dropLast(path.count)
        let below = path.bytes.dropFirst(2)
        return ByteString(Array(host) + (below.isEmpty ? Array("./".utf8) : Array(below)))
    }
}
