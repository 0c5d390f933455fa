import MirrorCore
import MirrorTransfer
import Testing

@Suite("Command lines of rsync")
struct RsyncWordsTests {
    private static func sync(_ configure: (inout SyncSettings, inout RsyncSettings) -> Void = { _, _ in })
        -> SyncSettings
    {
        var rsync = RsyncSettings()
        var sync = SyncSettings(name: "Sync1", source: "/src", target: "host:/tgt/")
        configure(&sync, &rsync)
        sync.transfer = .rsync(rsync)
        return sync
    }

    private static func job(
        _ scope: Job.Scope = .everything, deletes: Bool = true, exactly: Bool = false, rehearsal: Bool = false
    ) -> Job {
        Job(
            id: JobID(1), target: TargetID(0), scope: scope, deletes: deletes, comparesExactly: exactly,
            isRehearsal: rehearsal)
    }

    private static func line(_ call: RsyncCall) -> String { call.words.map(\.description).joined(separator: " ") }

    @Test("the start-up comparison has lsyncd's words in lsyncd's order")
    func startup() {
        let words = RsyncWords(sync: Self.sync())
        #expect(Self.line(words.everything(Self.job())) == "--delete --ignore-errors -lts -r /src/ host:/tgt/")
        #expect(Self.line(words.everything(Self.job(deletes: false))) == "-lts -r /src/ host:/tgt/")
        #expect(words.everything(Self.job()).input == nil)
    }

    @Test("the article's configuration gives lsyncd 2.0.5's words")
    func article() {
        let words = RsyncWords(
            sync: Self.sync { sync, rsync in
                rsync.words = ["-rltvupgo"]
                rsync.ignoresErrors = false
                sync.source = "/var/www/mariusv"
                sync.target = "10.0.1.10:/var/www/mariusv/"
            })
        #expect(
            Self.line(words.everything(Self.job()))
                == "--delete -rltvupgo -r /var/www/mariusv/ 10.0.1.10:/var/www/mariusv/")
        #expect(
            Self.line(words.listed([], of: Self.job(.changes([]))))
                == "-rltvupgo -r --delete --force --from0 --include-from=- --exclude=* "
                + "/var/www/mariusv/ 10.0.1.10:/var/www/mariusv/")
    }

    @Test("directories that can't be read are left alone, ahead of every other rule")
    func closedDirectories() {
        let closed = LeftAlone(directories: ["a\nb", "c*"])
        let a = LeftAlone(directories: ["a"])
        let bare = RsyncWords(sync: Self.sync()).everything(Self.job(), barring: closed)
        #expect(
            Self.line(bare) == "--from0 --exclude-from=- --delete --ignore-errors -lts -r /src/ host:/tgt/")
        #expect(bare.input == Array("- /a\nb/\0- /c\\*/".utf8))
        let excluding = RsyncWords(sync: Self.sync { sync, _ in sync.excludes = ["*.bak", "/tmp/"] })
        #expect(excluding.everything(Self.job(), barring: a).input == Array("- /a/\0*.bak\0/tmp/".utf8))
        let filtering = RsyncWords(
            sync: Self.sync { sync, rsync in
                sync.filters = [FilterRule(includes: true, pattern: "/x")]
                rsync.deletesExcluded = true
            })
        #expect(filtering.everything(Self.job(), barring: a).input == Array("P /a/\0- /a/\0+ /x".utf8))
        let batch = excluding.listed([ListedPath(Change("f"), .other)], of: Self.job(.changes([])), barring: a)
        #expect(batch.input == Array("- /a/\0/f\0/".utf8))
    }

    @Test("files that somebody writes are left alone by their exact names, also where excluded files are deleted")
    func unfinishedFiles() {
        let open = LeftAlone(files: ["d/a*[1].log", "b\nc"])
        let bare = RsyncWords(sync: Self.sync()).everything(Self.job(), barring: open)
        #expect(bare.input == Array("- /d/a\\*\\[1].log\0- /b\nc".utf8))
        let deleting = RsyncWords(
            sync: Self.sync { sync, rsync in
                sync.excludes = ["*.bak"]
                rsync.deletesExcluded = true
            }
        ).everything(Self.job(), barring: LeftAlone(files: ["a"]))
        #expect(deleting.words.contains("--filter=. -"))
        #expect(deleting.input == Array("P /a\0- /a\0- *.bak".utf8))
    }

    @Test("excludes go to standard input, one a line, without a newline at the end")
    func excludes() {
        let words = RsyncWords(sync: Self.sync { sync, _ in sync.excludes = ["*.bak", "/tmp/"] })
        let call = words.everything(Self.job())
        #expect(Self.line(call) == "--exclude-from=- --delete --ignore-errors -lts -r /src/ host:/tgt/")
        #expect(call.input == Array("*.bak\n/tmp/".utf8))
    }

    @Test("rules read the way rsync reads an exclude file, wherever else they go")
    func excludesElsewhere() throws {
        let words = RsyncWords(
            sync: Self.sync { sync, _ in
                sync.excludes = ["lost", "!", "#c", ";d", "+ e", "- f", "- - g", "", "h"]
            })
        let mark = ListedPath(Change("d", isSubtree: true), .directory)
        let list = words.listed([mark], of: Self.job()).input?.map { $0 == 0 ? 0x7c : $0 }
        #expect(list == Array("+ e|- f|- - g|- h|/d/***|/d/|/".utf8))
        let named = try #require(words.named([mark], of: Self.job())?.first?.words)
        #expect(named.filter { $0.hasPrefix("--exclude") } == ["--exclude=f", "--exclude=h"])
        #expect(named.filter { $0.hasPrefix("--filter") } == ["--filter=+ e", "--filter=- - g"])
    }

    @Test("filters go to standard input with their signs, then the excludes; the option is one word")
    func filters() {
        let words = RsyncWords(
            sync: Self.sync { sync, rsync in
                sync.filters = [
                    FilterRule(includes: true, pattern: "*.lua"), FilterRule(includes: false, pattern: "*.bak"),
                ]
                sync.excludes = ["zz"]
                rsync.deletesExcluded = true
            })
        let call = words.everything(Self.job())
        #expect(call.words.first == "--filter=. -")
        #expect(
            Self.line(call) == "--filter=. - --delete --ignore-errors --delete-excluded -lts -r /src/ host:/tgt/")
        #expect(call.input == Array("+ *.lua\n- *.bak\n- zz".utf8))
    }

    @Test("a batch has lsyncd's words in lsyncd's order")
    func running() {
        let words = RsyncWords(sync: Self.sync())
        let tail = "--force --from0 --include-from=- --exclude=* /src/ host:/tgt/"
        #expect(
            Self.line(words.listed([], of: Self.job(.changes([])))) == "-lts -r --delete --ignore-errors \(tail)")
        #expect(Self.line(words.listed([], of: Self.job(.changes([]), deletes: false))) == "-lts -r \(tail)")
    }

    @Test("times are compared exactly where that is asked for and the person's words allow it")
    func modifyWindow() {
        let job = Self.job(.changes([]), exactly: true)
        let call = RsyncWords(sync: Self.sync()).listed([], of: job)
        #expect(call.words.contains("--modify-window=-1") && call.isExtended)
        #expect(call.words.suffix(2) == ["/src/", "host:/tgt/"])
        #expect(!RsyncWords(sync: Self.sync(), compat: .exact).listed([], of: job).isExtended)
        #expect(!RsyncWords(sync: Self.sync { $1.keepsTimes = false }).listed([], of: job).isExtended)
        for word: ByteString in [
            "-lI", "-rc", "--checksum", "--modify-window=1", "-@1", "--size-only", "--ignore-times",
        ] {
            let words = RsyncWords(sync: Self.sync { $1.words = ["-lts", word] })
            #expect(!words.listed([], of: job).isExtended, "\(word)")
        }
    }

    @Test("a rehearsal changes nothing, and is not silenced by the person's words")
    func rehearsal() {
        let words = RsyncWords(sync: Self.sync { $1.words = ["-ltqs", "--quiet", "--password-file=/q"] })
        #expect(
            Self.line(words.everything(Self.job(rehearsal: true)))
                == "--delete --ignore-errors -lts --password-file=/q -r -n --itemize-changes /src/ host:/tgt/")
    }

    @Test("more than one value may follow the person's letters")
    func personWords() {
        let words = PersonWords(["-lte", "ssh -p 22", "--rsync-path=sudo rsync", "-T/tmp/x", "--foo", "-e", "last"])
        #expect(words.remoteShell == "last")
        #expect(words.temporaryDirectory == "/tmp/x")
        #expect(words.letters == Set("lteT".utf8))
        #expect(PersonWords(["--rsh=ssh -i k"]).remoteShell == "ssh -i k")
        #expect(PersonWords(["-rltvupgo"]).allowsPathArguments)
        for word: ByteString in ["-ax", "--include=a", "--delete-after", "-mt", "--filter=+ a", "--files-from=x"] {
            #expect(!PersonWords([word]).allowsPathArguments, "\(word)")
        }
    }

    @Test("a large batch names each path, below a mark that asks for the root's attributes too")
    func pathArguments() throws {
        let words = RsyncWords(sync: Self.sync { sync, _ in sync.excludes = ["*.o"] })
        let paths = [
            ListedPath(Change("a/f"), .other), ListedPath(Change("sub", isSubtree: true), .directory),
            ListedPath(Change("sub/x"), .other),
            ListedPath(Change("gone/b"), .absent, obstacle: .init("gone", .absent)),
        ]
        let calls = try #require(words.named(paths, of: Self.job(.changes(paths.map(\.change)))))
        #expect(
            calls.map(Self.line) == [
                "-lts --no-r -d -R --delete --ignore-errors --force --delete-missing-args --exclude=*.o "
                    + "/src/././a/f /src/././gone host:/tgt/",
                "-lts -r -R --delete --ignore-errors --force --delete-missing-args --exclude=*.o "
                    + "/src/././sub host:/tgt/",
            ])
        let small = try #require(words.named(paths, of: Self.job(.changes([])), argumentBytes: 30))
        #expect(small.count == 3)
        #expect(RsyncWords(sync: Self.sync(), compat: .exact).named(paths, of: Self.job()) == nil)
    }
}

@Suite("The list of changed paths")
struct IncludeListTests {
    private func list(_ paths: [ListedPath], rules: [ByteString] = []) -> String {
        String(decoding: IncludeList(paths, rulesAhead: rules).bytes.map { $0 == 0 ? 0x7c : $0 }, as: UTF8.self)
    }

    private func gone(_ path: RelativePath, directory: Bool = false) -> ListedPath {
        var change = Change(path, mayBeDirectory: directory)
        change.mayBeFile = !directory
        return ListedPath(change, .absent)
    }

    private func file(_ path: RelativePath) -> ListedPath { ListedPath(Change(path), .other) }
    private func directory(_ path: RelativePath, subtree: Bool = false) -> ListedPath {
        ListedPath(Change(path, isSubtree: subtree, mayBeDirectory: true), .directory)
    }

    @Test("what was captured from lsyncd 2.0.5 comes out byte for byte")
    func captured20() {
        #expect(
            list([file("new"), directory("nd"), file("nd/x"), file("a"), gone("d/b"), file("new2")])
                == "/new|/|/nd/|/nd/x|/a|/d/b|/d/|/new2")
        #expect(list([gone("nd/x"), gone("nd", directory: true)]) == "/nd/x|/nd/|/|/nd/***")
    }

    @Test("what was captured from lsyncd 2.3 comes out byte for byte, but for the closing bracket")
    func captured23() {
        let paths = [
            file("we*ird [n]?.txt"), directory("n1"), directory("n1/n2"), file("n1/n2/leaf"), gone("d1/d2/f2"),
            gone("d1/d2", directory: true), gone("d1", directory: true), gone("f1"), file("f1moved"),
        ]
        #expect(
            list(paths)
                == "/we\\*ird \\[n]\\?.txt|/|/n1/|/n1/n2/|/n1/n2/leaf|/d1/d2/f2|/d1/d2/|/d1/|/d1/d2/***|/d1/***"
                + "|/f1|/f1moved")
    }

    @Test("a backslash is escaped only beside a wildcard")
    func backslash() {
        #expect(list([file("g\\h"), file("g\\h*i"), file("a]b")]) == "/g\\h|/|/g\\\\h\\*i|/a]b")
        #expect(list([directory("g\\h", subtree: true)]) == "/g\\\\h/***|/g\\h/|/")
    }

    @Test("a subtree and what may be left of a directory take all below, behind the sync's own rules")
    func subtrees() {
        #expect(list([directory("d", subtree: true)], rules: ["- *.o"]) == "- *.o|/d/***|/d/|/")
        #expect(list([file("f")], rules: ["- *.o"]) == "/f|/")
        #expect(list([ListedPath(Change("d", mayBeDirectory: true), .other)]) == "/d/***|/d|/")
    }

    @Test("where a gone name may have been a file before it was a directory, the file is named too")
    func fileThenDirectory() {
        #expect(list([ListedPath(Change("d", mayBeDirectory: true), .absent)]) == "/d/***|/d|/d/|/")
    }

    @Test("where rules tell files from directories, rsync gets the rules, and both names")
    func kindDecides() {
        var directory = directory("d")
        directory.kindDecides = true
        #expect(list([directory], rules: ["- d/"]) == "- d/|/d|/d/|/")
        var file = file("d")
        file.kindDecides = true
        #expect(list([file], rules: ["- d/"]) == "- d/|/d|/")
    }
}
