import MirrorCore
import Testing

@testable import MirrorLua

@Suite("Words for rsync") struct RsyncWordsTests {
    private func rsync(_ inside: String) throws -> RsyncSettings {
        try ConfigurationFixture().rsync("sync{ default.rsync, source = 'SRC', target = 'h:/t', \(inside) }")
    }

    @Test(
        "rsync = {…} becomes short flags, _extra and long options in that order",
        arguments: [
            ("rsync = {}", "-lts"), ("", "-lts"), ("rsync = { archive = true }", "-ltspogD"),
            ("rsync = { archive = true, perms = false }", "-ltsogD"),
            ("rsync = { links = false, archive = true }", "-tspogD"),
            ("rsync = { links = false, times = false, protect_args = false }", ""),
            ("rsync = { dry_run = false, verbose = true }", "-ltsv"),
            ("rsync = { archive = 'true', compress = 1 }", "-ltspogzD"),
            ("rsync = { _extra = { '-e', 'ssh -p 22' }, chmod = 644 }", "-lts|-e|ssh -p 22|--chmod=644"),
            ("rsync = { _extra = { '-e ssh -p 22' } }", "-lts|-e ssh -p 22"),
            (
                "rsync = { bwlimit = 10 / 2, timeout = '9', temp_dir = '/a b' }",
                "-lts|--bwlimit=5|--temp-dir=/a b|--timeout=9"
            ),
            ("rsync = { rsh = false, suffix = '' }", "-lts"),
            ("rsyncOpts = '-rltvupgo'", "-rltvupgo"), ("rsyncOpts = '-a -v'", "-a -v"),
            ("rsyncOpts = { '-p', '-e', 'ssh -i k' }", "-p|-e|ssh -i k"), ("rsyncOps = '-a'", "-a"),
            ("rsyncOpts = {}", ""),
        ])
    func words(inside: String, words: String) throws {
        #expect(try rsync(inside).words.map(\.description).joined(separator: "|") == words)
    }

    @Test("every option stands once, in lsyncd's order")
    func everything() throws {
        let flags = RsyncWords.shortOptions.map(\.key) + RsyncWords.longOptions.filter { $0.form == .flag }.map(\.key)
        let inside = flags.map { "\($0) = true" }.joined(separator: ", ")
        let found = try rsync(
            "rsync = { archive = true, \(inside), _extra = { '--foo', '--bar=a b' }, backup_dir = '/bd', bwlimit = 100,"
                + " chmod = 'D755', chown = 'u:g', groupmap = 'a:b', password_file = '/pw', rsh = 'ssh -p 22',"
                + " rsync_path = 'sudo rsync', suffix = '.~', temp_dir = '/tmp', timeout = 9, usermap = 'x:y',"
                + " delete_excluded = true, binary = '/opt/rsync' }")
        let long =
            "--foo|--bar=a b|--append|--append-verify|--backup-dir=/bd|--bwlimit=100|--chmod=D755|--chown=u:g|"
            + "--copy-unsafe-links|--groupmap=a:b|--existing|--inplace|--password-file=/pw|--rsh=ssh -p 22|"
            + "--rsync-path=sudo rsync|--suffix=.~|--temp-dir=/tmp|--timeout=9|--usermap=x:y"
        let shorts = "-ltspogAbczkLCnEHI46KxOJmqSuvWXD"
        #expect(found.words.map(\.description).joined(separator: "|") == shorts + "|" + long)
        #expect(Set(shorts) == Set("-4oOIAXSxLKJWHuvctEqsp6lgbznmCkD"))
        #expect(found.deletesExcluded)
        #expect(found.binary == "/opt/rsync")
        #expect(found.remoteShell == "ssh -p 22")
    }

    @Test(
        "whether times are kept is read from the words",
        arguments: [
            ("", true), ("rsync = { times = false }", false), ("rsync = { archive = true, times = false }", false),
            ("rsyncOpts = '-rl'", false), ("rsyncOpts = '-a'", true), ("rsyncOpts = { '-a', '--no-t' }", false),
            ("rsyncOpts = { '-r', '--times' }", true), ("rsyncOpts = { '-r', '-e', 'ssh -t' }", false),
            ("rsyncOpts = '-re ssh -t'", false),
        ])
    func keepsTimes(inside: String, keeps: Bool) throws {
        #expect(try rsync(inside).keepsTimes == keeps)
    }

    @Test(
        "the remote shell is known wherever it was chosen",
        arguments: [
            ("rsync = { rsh = 'ssh -p 1' }", "ssh -p 1"), ("rsync = { _extra = { '-e', 'ssh -p 2' } }", "ssh -p 2"),
            ("rsync = { _extra = { '-e ssh -p 3' } }", "ssh -p 3"), ("rsyncOpts = { '-aessh' }", "ssh"),
            ("rsyncOpts = { '--rsh=a' , '--rsh', 'b' }", "b"), ("rsync = { rsh = 'x', _extra = { '-e', 'y' } }", "x"),
            ("rsync = { verbose = true }", nil),
        ])
    func remoteShell(inside: String, shell: String?) throws {
        #expect(try rsync(inside).remoteShell == shell.map { ByteString($0) })
    }

    @Test("the program is rsync of PATH, in 2.0 the one of /usr/bin, or the one that is named")
    func binary() throws {
        let fixture = ConfigurationFixture()
        let plain = "sync{ default.rsync, source = 'SRC', target = 'h:/t' }"
        #expect(try fixture.rsync(plain).binary == "rsync")
        #expect(try fixture.rsync(plain).ignoresErrors)
        #expect(try fixture.rsync("settings = {} " + plain).binary == "/usr/bin/rsync")
        #expect(try !fixture.rsync("settings = {} " + plain).ignoresErrors)
        let modern = "settings = {} sync{ default.rsync, source = 'SRC', target = 'h:/t', rsync = { archive = true } }"
        #expect(try fixture.rsync(modern).ignoresErrors)
        #expect(try rsync("rsync = { binary = 'my-rsync' }").binary == "my-rsync")
        #expect(try rsync("rsyncBinary = '/x/rsync'").binary == "/x/rsync")
        let relative = "sync{ default.rsync, source = 'SRC', target = 'h:/t', rsync = { binary = 'bin/r' } }"
        #expect(try fixture.rsync(relative).binary == ByteString(fixture.path("bin/r")))
    }
}
