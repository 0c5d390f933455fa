/// What a look at a file found.
package enum FileLook: Sendable, Equatable {
    /// Nobody has it open for writing, or it has no content that could be written slowly, or it is gone.
    case ready
    case open
    /// It can't be told here: the kernel tells only the file's owner and whoever has CAP_LEASE.
    case unknown
}

package struct LookedFile: Sendable, Equatable {
    package var path: RelativePath
    package var look: FileLook

    package init(_ path: RelativePath, _ look: FileLook) {
        self.path = path
        self.look = look
    }
}
