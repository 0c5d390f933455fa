import MirrorCore

// Files whose time of modification was set by their writer. They go in a call of their own that compares contents, so
// that no other file of the batch is read for their sake.
extension RsyncWords {
    /// Takes them out of a batch; none where the person chose another comparison, or where hard links are kept, since
    /// rsync keeps them among the files of one call only.
    func takeSetBack(from paths: inout [ListedPath]) -> [ListedPath] {
        guard mayCompareContents, !person.keepsHardLinks else { return [] }
        let taken = paths.filter(\.isSetBack)
        if !taken.isEmpty { paths.removeAll(where: \.isSetBack) }
        return taken
    }

    /// The job, as a call for these paths compares.
    func job(_ job: Job, for paths: [ListedPath]) -> Job {
        var job = job
        job.comparesContents = paths.contains(where: \.isSetBack)
        return job
    }
}
