import Glibc
package import MirrorCore

package enum WorkingDirectory {
    /// Of the whole process. False where that is not possible; it stays where it was.
    @discardableResult
    package static func enter(_ path: ByteString) -> Bool { path.withCPath { chdir($0) } == 0 }
}
