import Glibc
import MirrorCore

/// Directories that came in from outside and are still to be listed, and the one that is being listed.
struct ArrivalWalk {
    final class Listing {
        let path: RelativePath
        let stream: DirectoryStream

        init(_ path: RelativePath, _ stream: DirectoryStream) {
            self.path = path
            self.stream = stream
        }
    }

    var listing: Listing?
    private var waiting: [RelativePath] = []

    var isEmpty: Bool { listing == nil && waiting.isEmpty }

    mutating func add(_ path: RelativePath) { waiting.append(path) }

    /// The newest first: that keeps the list short.
    mutating func next() -> RelativePath? { waiting.popLast() }
}

extension FanotifySource {
    /// A slice of the listing. A directory that is not there any more is no loss: its rename or its end is an event.
    func walkArrivals() {
        let end = Clock.now() + order.pace.slice
        while let listing = arrivals.listing ?? openNext() {
            arrivals.listing = listing
            if !list(listing, entries: 32) { arrivals.listing = nil }
            if Clock.now() >= end { return }
        }
    }

    private func openNext() -> ArrivalWalk.Listing? {
        while let path = arrivals.next() {
            let answer = DirectoryBelow.open(path, below: root, flags: O_RDONLY)
            guard answer >= 0 else {
                noteUnread(path, -answer)
                continue
            }
            do throws(SystemCallError) {
                return ArrivalWalk.Listing(path, try DirectoryStream(taking: answer, path: path.byteString))
            } catch {
                noteUnread(path, error.errno)
            }
        }
        return nil
    }

    private func noteUnread(_ path: RelativePath, _ errno: Int32) {
        guard ![ENOENT, ENOTDIR, ELOOP].contains(errno) else { return }
        batch.add(.lost(path, reason: .unwatchable(errno: errno)))
    }

    /// False: it is done.
    private func list(_ listing: ArrivalWalk.Listing, entries: Int) -> Bool {
        for _ in 0..<entries {
            do throws(SystemCallError) {
                guard let entry = try listing.stream.next() else { return false }
                visit(entry, listing.path)
            } catch {
                noteUnread(listing.path, error.errno)
                return false
            }
        }
        return true
    }

    private func visit(_ entry: Directory.Entry, _ directory: RelativePath) {
        guard !ownFiles.contains(entry.name.bytes, in: directory) else { return }
        let path = directory.appending(entry.name.bytes)
        guard entry.isDirectory else { return batch.add(.fileArrived(path)) }
        if order.isExcluded(path) { return batch.add(.touched(path, isDirectory: true)) }
        batch.add(.directoryAppeared(path, moved: true))
        arrivals.add(path)
    }
}
