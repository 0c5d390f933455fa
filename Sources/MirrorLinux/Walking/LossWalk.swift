package import MirrorCore

/// Finds what has changed below a directory since events were lost there, by times of change.
package final class LossWalk: Sendable {
    private let request: WalkRequest
    private let walker: TreeWalker
    private let found: LossFindings

    /// More than that is compared as a whole: a list costs more than it saves.
    package static let mostFound = 200_000

    /// - Parameters:
    ///   - order: the tree, and what is left out of it.
    ///   - ignoredFiles: as for the event source.
    package init(
        _ request: WalkRequest, _ order: WalkOrder, ignoredFiles: [ByteString] = [], limit: Int = LossWalk.mostFound
    ) {
        self.request = request
        let ownFiles = OwnFiles(ignoredFiles, below: order.root)
        let found = LossFindings(limit: limit)
        self.found = found
        let from = request.changedFrom
        var order = order
        order.top = request.path
        order.wants = { !$0.isDirectory && $0.changed >= from }
        order.enters = { _, fileSystem in FileSystemKind(number: fileSystem).stampsWithOwnClock }
        walker = TreeWalker(order) { batch in
            let names = batch.entries.filter { !ownFiles.contains($0.name, in: batch.directory) }
            let files = names.map { batch.directory.appending($0.name) }
            let directory = batch.isFirst && batch.own.changed >= from ? batch.directory : nil
            return found.add(files, directory)
        }
    }

    package func cancel() { walker.cancel() }

    /// Blocks until it is over. Once.
    package func run() -> WalkReport {
        guard request.since.agrees(with: .now()) else { return .useless(.clockSet) }
        let end = walker.run()
        guard var findings = found.take(), !end.isUnreadCut else { return .useless(.tooMuch) }
        if end.isCancelled { return .useless(.cancelled) }
        guard request.since.agrees(with: .now()) else { return .useless(.clockSet) }
        findings.unknown = end.unread.map(\.path).sorted()
        findings.looked = end.entries
        return .found(findings)
    }
}
