package import MirrorCore

/// What a call of rsync leaves as it is, here and at the target, although its directory is compared as a whole.
package struct LeftAlone: Sendable, Equatable {
    /// With all that they hold.
    package var directories: [RelativePath]
    /// A name without a slash at its end: whatever stands there.
    package var files: [RelativePath]

    package init(directories: [RelativePath] = [], files: [RelativePath] = []) {
        self.directories = directories
        self.files = files
    }

    package var isEmpty: Bool { directories.isEmpty && files.isEmpty }

    /// Lines of excludes, or entries of a list: each matches one name and no other.
    var exclusions: [[UInt8]] {
        let prefix = Array("- ".utf8)
        return directories.map { prefix + IncludeList.pattern($0, isDirectory: true) }
            + files.map { prefix + IncludeList.pattern($0) }
    }
}
