import MirrorCore

/// A walk on its way: directory by directory, while the source changes.
struct SimulatedWalk {
    let request: WalkRequest
    private var open: [RelativePath]
    private var findings = WalkReport.Findings()
    /// Broken off for this reason.
    private var refusal: WalkReport.Refusal?

    init(_ request: WalkRequest, at moment: TrackedMoment) {
        self.request = request
        open = [request.path]
        if !request.since.agrees(with: moment) { refusal = .clockSet }
    }

    var isWorking: Bool { refusal == nil && !open.isEmpty }

    /// Looks into one directory. `canRead`: it can't be, otherwise.
    mutating func advance(_ writer: SimulatedWriter, canRead: Bool) {
        guard isWorking else { return }
        let directory = open.removeFirst()
        guard writer.tree.isDirectory(directory) else { return }
        guard canRead else { return findings.unknown.append(directory) }
        if writer.stamps[directory] ?? 0 >= request.changedFrom { findings.directories.append(directory) }
        for child in writer.tree.children(of: directory) {
            findings.looked += 1
            if writer.tree.isDirectory(child) {
                open.append(child)
            } else if writer.stamps[child] ?? 0 >= request.changedFrom {
                findings.files.append(child)
            }
        }
    }

    mutating func breakOff(_ why: WalkReport.Refusal) { refusal = why }

    func report(at moment: TrackedMoment) -> WalkReport {
        if let refusal { return .useless(refusal) }
        return request.since.agrees(with: moment) ? .found(findings) : .useless(.clockSet)
    }
}
