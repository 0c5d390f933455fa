extension PathMatcher {
    /// Whether a target may repeat this rename. What is left out stays as it is there: a name that is left out is not
    /// moved away or over, and a directory is not moved where anything in it might be left out, under its old name or
    /// its new one.
    package func mayRepeat(_ change: Change) -> Bool {
        guard let old = change.movedFrom else { return false }
        guard !isEmpty else { return true }
        guard !change.mayBeDirectory else { return false }
        return !excludes(old, isDirectory: false) && !excludes(change.path, isDirectory: false)
    }
}
