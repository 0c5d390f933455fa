/// One transfer, as an engine gets it. The engine looks at the source when it runs; a change never says what happened.
package struct Job: Sendable, Equatable {
    package enum Scope: Sendable, Equatable {
        /// The whole tree is compared (start-up, loss of track, resync).
        case everything
        /// These paths, in the order of their newest notices, each once.
        case changes([Change])
    }

    package var id: JobID
    package var target: TargetID
    package var scope: Scope
    /// What is missing at the source is deleted at the target.
    package var deletes: Bool
    /// Compare times exactly: the batch holds a path that was noticed again since its last transfer.
    package var comparesExactly: Bool
    /// When the earlier transfers ran behind which a second write may hide. A file whose time of modification is after
    /// the second of the end does not, and, unless it came by a rename, one whose time is before the second of the
    /// begin; where that is so for all, an engine need not compare exactly. nil: nothing is known, so `comparesExactly`
    /// stands.
    package var hiding: RecentPaths.Span?
    /// The first of its notices, where it is about single changes.
    package var noticedFrom: Moment?
    /// Every notice that it answers came before; the far future where that is not known.
    package var made = Moment.distantFuture
    /// Compare contents, whatever size and time say.
    package var comparesContents = false
    /// Only count what would be deleted; change nothing.
    package var isRehearsal: Bool
    /// A person has said that what the source does not have is to go, however much it is.
    package var mayDeleteMany = false
    /// What is left out, where a function of the configuration has changed that; nil is what the sync says.
    package var patterns: Patterns?
    /// Files below the directories that it compares as a whole which somebody is writing: they are left alone, at the
    /// target too.
    package var unfinished: [RelativePath] = []
    /// Likewise, files that stay open and go as they are.
    package var offered: [RelativePath] = []

    package init(
        id: JobID, target: TargetID, scope: Scope, deletes: Bool = true, comparesExactly: Bool = false,
        isRehearsal: Bool = false
    ) {
        self.id = id
        self.target = target
        self.scope = scope
        self.deletes = deletes
        self.comparesExactly = comparesExactly
        self.isRehearsal = isRehearsal
    }
}

/// What is said beside a value, and is no part of it: two values that differ in nothing else are equal.
///
/// It is not private, since the name of a private type is printed with an address, and then no two runs of the
/// simulator would have the same trace.
struct Aside<Value: Sendable>: Hashable, Sendable {
    var value: Value

    static func == (_: Aside, _: Aside) -> Bool { true }
    func hash(into hasher: inout Hasher) {}
}

/// A path whose state at a target is not known to equal the source.
package struct Change: Sendable, Hashable {
    package var path: RelativePath
    /// Everything below may differ too.
    package var isSubtree: Bool
    /// It is, or was at some notice since it was last confirmed, a directory.
    package var mayBeDirectory: Bool
    /// It is, or was at some notice since it was last confirmed, something else than a directory. False only where
    /// every notice said directory; then a list of paths need not name a file of that name as well.
    package var mayBeFile = true
    /// Where it was before, when the newest notice was a rename.
    package var movedFrom: RelativePath?
    /// It came by a rename since it was last confirmed, so its time of modification says nothing about when it
    /// changed: where that time is older than `RecentPaths.window`, an engine compares it exactly.
    package var isMoved: Bool
    /// Its content was written since it was last confirmed, or may have been: where its time of modification was set by
    /// somebody, size and time say nothing.
    package var isWritten = false
    /// Nothing but that the name is new has been noticed: a link, as a rule.
    package var isNewName = false
    /// Noticed only because its file was changed under another name.
    package var isOtherName = false
    /// It was written a while before it could be noticed, and may have gone shortly before that: an engine compares it
    /// exactly.
    package var isLate = false
    /// A directory of this name was seen to go. If one stands there when the engine looks, it is another one, so it is
    /// a subtree; while none does, what went from it is listed name by name, as lsyncd lists it.
    package var wasRemoved = false

    /// Of a subtree: only the names right in the directory are in question, and all below those that are not there any
    /// more; what lies in a directory that stands is not. An engine may compare all of it.
    package var isShallow = false

    /// Its newest notice had come by then; nil where that is not known. What somebody has seen of the source since
    /// answers it.
    package var noticed: Moment? {
        get { aside.value }
        set { aside.value = newValue }
    }
    private var aside = Aside<Moment?>(value: nil)

    package init(
        _ path: RelativePath, isSubtree: Bool = false, mayBeDirectory: Bool = false, movedFrom: RelativePath? = nil,
        isMoved: Bool = false
    ) {
        self.path = path
        self.isSubtree = isSubtree
        self.mayBeDirectory = mayBeDirectory || isSubtree
        self.movedFrom = movedFrom
        self.isMoved = isMoved || movedFrom != nil
    }

    /// A name that was seen to go.
    package static func removed(_ path: RelativePath, isDirectory: Bool) -> Change {
        var change = Change(path, isSubtree: isDirectory)
        change.wasRemoved = isDirectory
        change.mayBeFile = !isDirectory
        return change
    }

    /// A name that stands, or stood, there.
    package static func present(_ path: RelativePath, isDirectory: Bool) -> Change {
        var change = Change(path, mayBeDirectory: isDirectory)
        change.mayBeFile = !isDirectory
        return change
    }

    /// Everything below it is in question.
    package var isDeep: Bool { isSubtree && !isShallow }

    /// What two notices, or a notice and a failed try, say together. The hint of where it came from is the newer one's.
    package func joined(withOlder old: Change) -> Change {
        var joined = self
        joined.isSubtree = isSubtree || old.isSubtree
        joined.isShallow = joined.isSubtree && (isShallow || !isSubtree) && (old.isShallow || !old.isSubtree)
        joined.mayBeDirectory = mayBeDirectory || old.mayBeDirectory
        joined.mayBeFile = mayBeFile || old.mayBeFile
        joined.isMoved = isMoved || old.isMoved
        joined.isLate = isLate || old.isLate
        joined.isWritten = isWritten || old.isWritten
        joined.isNewName = isNewName && old.isNewName
        joined.isOtherName = isOtherName && old.isOtherName
        joined.wasRemoved = wasRemoved || old.wasRemoved
        return joined
    }
}
