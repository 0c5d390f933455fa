import MirrorCore
import MirrorDaemon
import Testing

@Suite("settings without a configuration")
struct PlainMirrorTests {
    @Test("every target becomes a sync with the same source and archive words; the stream where there can be an agent")
    func targets() {
        let mirror = PlainMirror(source: "/srv/web", targets: ["t", "/abs/", "h:", "u@h:d", "h::m", "rsync://h/m"])
        let settings = mirror.settings(workingDirectory: "/cwd")
        #expect(settings.syncs.map(\.target) == ["/cwd/t/", "/abs/", "h:", "u@h:d/", "h::m/", "rsync://h/m/"])
        #expect(settings.syncs.map(\.name) == ["Sync1", "Sync2", "Sync3", "Sync4", "Sync5", "Sync6"])
        #expect(settings.insists && settings.staysInForeground)
        for sync in settings.syncs {
            #expect(sync.source == "/srv/web" && sync.delete == .always)
            #expect(sync.transfer.rsync.words.first == "-lptgosD")
        }
        for (index, sync) in settings.syncs.enumerated() {
            guard case .stream(_, let stream) = sync.transfer else {
                #expect(index >= 4 && sync.delay == .seconds(1) && sync.transfer.rsync.words.count == 1)
                continue
            }
            // Owners go by number to other hosts, whoever brings them.
            #expect(index < 4 && sync.delay == .zero && stream.installs)
            #expect(sync.transfer.rsync.words.contains("--numeric-ids") == (index > 1))
        }
        var plain = mirror
        plain.usesRsync = true
        for sync in plain.settings(workingDirectory: "/cwd").syncs {
            #expect(sync.transfer.rsync.words == ["-lptgosD"] && sync.delay == .seconds(1))
            if case .stream = sync.transfer { Issue.record("\(sync.target) has the stream") }
        }
    }

    @Test("options reach every sync; the root directory is the empty source")
    func options() {
        var mirror = PlainMirror(source: "/", targets: ["h:d"])
        mirror.excludes = ["*.bak"]
        mirror.keepsDeleted = true
        mirror.delay = .seconds(5)
        let sync = mirror.settings(workingDirectory: "/").syncs[0]
        #expect(sync.source.isEmpty && sync.excludes == ["*.bak"] && sync.delete == .never && sync.delay == .seconds(5))
    }

    @Test("a colon after a slash is part of a local name")
    func colons() {
        #expect(PlainMirror.isLocal("./a:b") && PlainMirror.isLocal("/x") && PlainMirror.isLocal("dir"))
        #expect(!PlainMirror.isLocal("a:b") && !PlainMirror.isLocal("h::m") && !PlainMirror.isLocal("rsync://h/m"))
    }
}

@Suite("the state directory")
struct StateDirectoryTests {
    func path(_ configured: ByteString?, isRoot: Bool, home: ByteString?, xdg: ByteString?) -> ByteString {
        StateDirectory.path(configured: configured, isRoot: isRoot, home: home, xdgStateHome: xdg)
    }

    @Test("is the configured one, root's, or the user's")
    func choice() {
        #expect(path("/s", isRoot: true, home: "/h", xdg: "/x") == "/s")
        #expect(path(nil, isRoot: true, home: "/h", xdg: "/x") == "/var/lib/lockstep")
        #expect(path(nil, isRoot: false, home: "/h", xdg: "/x") == "/x/lockstep")
        #expect(path(nil, isRoot: false, home: "/h", xdg: nil) == "/h/.local/state/lockstep")
        #expect(path(nil, isRoot: false, home: "/h", xdg: "relative") == "/h/.local/state/lockstep")
    }
}

@Suite("what check prints")
struct CheckTextTests {
    @Test("names each sync, its rules and the words for rsync")
    func text() {
        var mirror = PlainMirror(source: "/srv/web", targets: ["h:t"])
        mirror.usesRsync = true
        var settings = mirror.settings(workingDirectory: "/")
        settings.syncs[0].excludes = ["*.bak"]
        settings.logFile = "/var/log/x"
        var rsync = RsyncSettings()
        rsync.words = ["-lptgosD", "--rsh=ssh -p 22"]
        settings.syncs[0].transfer = .rsync(rsync)
        let expected = """
            Sync1: /srv/web/ -> h:t/
              a change waits at most 1 s, or until 1000 wait
              deletions: yes
              - *.bak
              rsync -lptgosD '--rsh=ssh -p 22' …
            log: /var/log/x

            """
        #expect(CheckText.render(settings).description == expected)
        mirror.usesRsync = false
        let stream = CheckText.render(mirror.settings(workingDirectory: "/")).description
        #expect(
            stream.contains("by lockstep-agent, which is put there where there is none; only where it can't run, by:"))
    }
}
