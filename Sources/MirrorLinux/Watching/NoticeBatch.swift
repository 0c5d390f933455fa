import MirrorCore

/// Notices on their way out. What is said twice in a row is said once.
struct NoticeBatch {
    private var notices: [Notice] = []

    mutating func add(_ notice: Notice) {
        if notices.last != notice { notices.append(notice) }
    }

    mutating func take() -> [Notice] {
        let taken = notices
        notices = []
        return taken
    }
}
