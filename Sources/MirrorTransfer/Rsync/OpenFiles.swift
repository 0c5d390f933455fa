import Glibc
package import MirrorCore
import MirrorLinux

/// Files that somebody is writing, in directories that a job compares as a whole. They are left out of the job: at the
/// target stays what their writer left behind last, and they go when they are ready.
package struct OpenFiles: Sendable, Equatable {
    /// What the call is to leave alone.
    package var left: [RelativePath] = []
    /// Those of them that the core does not know of.
    package var unknown: [RelativePath] = []

    package init() {}
}

extension SourceLook {
    /// `age`: a file that did not change for so long goes as it is, whoever has it open; nil is any age.
    ///
    /// It blocks for as long as it takes to look at every file below.
    package func openFiles(
        _ job: Job, below tops: [RelativePath], age: Duration?, leavingOut isExcluded: (RelativePath) -> Bool
    ) -> OpenFiles {
        var files = OpenFiles()
        files.left = job.unfinished.filter { path in
            tops.contains { $0.contains(path) } && (try? FileFacts.at(place(of: path)))?.kind == .regular
        }
        let offered = Set(job.offered)
        let known = Set(files.left)
        let oldest = age.map { WallClock.now().seconds - Int64($0.inSeconds) } ?? .min
        for top in tops {
            visitFiles(below: top, leavingOut: isExcluded) { path in
                guard !known.contains(path), !offered.contains(path), isBeingWritten(path, since: oldest) else {
                    return
                }
                files.unknown.append(path)
            }
        }
        files.left += files.unknown
        return files
    }

    private func isBeingWritten(_ path: RelativePath, since oldest: Int64) -> Bool {
        guard let facts = try? FileFacts.at(place(of: path)), facts.kind == .regular,
            max(facts.changedSeconds, facts.modifiedSeconds) >= oldest
        else { return false }
        return FileLook.at(place(of: path)) == .open
    }

    private func visitFiles(
        below top: RelativePath, leavingOut isExcluded: (RelativePath) -> Bool, _ visit: (RelativePath) -> Void
    ) {
        var left = [top]
        while let path = left.popLast() {
            guard let entries = try? Directory.entries(of: place(of: path)) else { continue }
            for entry in entries {
                let below = path.appending(entry.name.bytes)
                if !entry.isDirectory {
                    visit(below)
                } else if !isExcluded(below) {
                    left.append(below)
                }
            }
        }
    }
}
