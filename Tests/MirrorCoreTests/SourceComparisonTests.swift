import MirrorCore
import Testing

@Suite("what a look at a source means")
struct SourceComparisonTests {
    let usual: SourceFacts = {
        var facts = SourceFacts(mountPoint: "/srv", fileSystem: "ext4", device: 2049, inode: 77, hasContent: true)
        facts.endedInStep = true
        return facts
    }()

    func report(
        _ change: (inout SourceFacts) -> Void, remembered: SourceFacts? = nil, accepted: Bool = false
    ) -> SourceReport {
        var now = usual
        change(&now)
        return SourceComparison.report(on: .found(now), remembered: remembered ?? usual, accepted: accepted)
    }

    @Test("a source that is as remembered is not suspect and needs no remark")
    func unchanged() {
        #expect(report { _ in } == SourceReport())
    }

    @Test("at a first start nothing is suspect, and an empty source is told as empty")
    func firstStart() {
        #expect(SourceComparison.report(on: .found(usual), remembered: nil, accepted: false).isFirstStart)
        var empty = usual
        empty.hasContent = false
        let report = SourceComparison.report(on: .found(empty), remembered: nil, accepted: false)
        #expect(report == SourceReport(isEmpty: true, isFirstStart: true))
    }

    @Test("a source that is missing, no directory or unreadable is suspect, whatever an operator says")
    func notThere() {
        for accepted in [false, true] {
            for remembered in [nil, usual] {
                func suspicion(_ look: SourceLook) -> SourceSuspicion? {
                    SourceComparison.report(on: look, remembered: remembered, accepted: accepted).suspicion
                }
                #expect(suspicion(.missing) == .missing)
                #expect(suspicion(.notDirectory) == .notDirectory)
                #expect(suspicion(.unreadable(errno: 13)) == .unreadable(errno: 13))
            }
        }
    }

    @Test("a source that stands on an outer file system has lost its mount")
    func mountGone() {
        let gone = SourceSuspicion.mountGone(mountPoint: "/srv", fileSystem: "ext4")
        #expect(report { $0.mountPoint = "/" }.suspicion == gone)
        #expect(
            report {
                $0.mountPoint = "/"
                $0.hasContent = false
            }.suspicion == gone)
        var deep = usual
        deep.mountPoint = "/srv/web/data"
        #expect(
            report({ _ in }, remembered: deep).suspicion
                == .mountGone(mountPoint: "/srv/web/data", fileSystem: "ext4"))
    }

    @Test("another kind of file system at the same mount point is a lost mount too")
    func otherKind() {
        #expect(
            report { $0.fileSystem = "tmpfs" }.suspicion == .mountGone(mountPoint: "/srv", fileSystem: "ext4"))
    }

    @Test("a mount point whose name only begins alike is not an outer one")
    func similarName() {
        var remembered = usual
        remembered.mountPoint = "/srv2"
        #expect(report({ _ in }, remembered: remembered).suspicion == nil)
    }

    @Test("a new mount above the old one is a remark while it has content, and suspect while it is empty")
    func newMount() {
        let filled = report { $0.mountPoint = "/srv/web" }
        #expect(filled.suspicion == nil && filled.remark?.contains("/srv/web") == true)
        let empty = report {
            $0.mountPoint = "/srv/web"
            $0.hasContent = false
        }
        #expect(empty.suspicion == .emptied)
    }

    @Test("a source that is empty and was not is suspect; one that was empty is not")
    func emptied() {
        #expect(report { $0.hasContent = false }.suspicion == .emptied)
        var remembered = usual
        remembered.hasContent = false
        #expect(report({ $0.hasContent = false }, remembered: remembered) == SourceReport(isEmpty: true))
    }

    @Test("another inode or device number alone is a remark")
    func identity() {
        let replaced = report { $0.inode = 78 }
        #expect(replaced.suspicion == nil && replaced.remark?.contains("inode") == true)
        let renumbered = report { $0.device = 3 }
        #expect(renumbered.suspicion == nil && renumbered.remark?.contains("device number") == true)
    }

    @Test("a mount that was seen in this run and is gone is suspect, also where nothing is remembered yet")
    func seen() {
        var below = usual
        (below.mountPoint, below.hasContent) = ("/", false)
        let report = SourceComparison.report(on: .found(below), remembered: nil, seen: usual, accepted: false)
        #expect(report.suspicion == .mountGone(mountPoint: "/srv", fileSystem: "ext4"))
        #expect(report.isFirstStart)
        // The other way round it is a mount that has come.
        let come = SourceComparison.report(on: .found(usual), remembered: nil, seen: below, accepted: false)
        #expect(come.suspicion == nil)
        // And without content it is one that was emptied, or is new.
        var empty = usual
        empty.hasContent = false
        let emptied = SourceComparison.report(on: .found(empty), remembered: nil, seen: usual, accepted: false)
        #expect(emptied.suspicion == nil)
    }

    @Test("an operator's word releases a source that is there")
    func accepted() {
        let empty = report({ $0.hasContent = false }, accepted: true)
        #expect(empty.suspicion == nil && empty.isAccepted && empty.isEmpty)
        #expect(report({ $0.mountPoint = "/" }, accepted: true).suspicion == nil)
    }
}
