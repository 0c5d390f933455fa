import MirrorCore
import MirrorLua
import Testing

@Suite("default.rsyncssh and default.direct") struct WayTests {
    private func ssh(_ inside: String) throws -> (sync: SyncSettings, ssh: SshSettings) {
        let sync = try ConfigurationFixture().sync(
            "sync{ default.rsyncssh, source = 'SRC', host = 'user@h', targetdir = '/t d/x', \(inside) }")
        guard case .rsyncssh(_, let ssh) = sync.transfer else { throw FixtureError.notSsh }
        return (sync, ssh)
    }

    private enum FixtureError: Error { case notSsh }

    @Test("keys, options, port and more words go into one --rsh behind all others, and to the moves")
    func words() throws {
        let (sync, ssh) = try ssh(
            """
            rsync = { rsh = 'x', _extra = { '--foo' }, archive = true },
            ssh = { identityFile = '/id', port = 2222, options = { StrictHostKeyChecking = 'no', A = 1, B = true },
                    _extra = { '-4', '-v' } }
            """)
        let options: ByteString = "-i /id -o A=1 -o B=yes -o StrictHostKeyChecking=no -p 2222 -4 -v"
        #expect(ssh.options == options)
        #expect(sync.transfer.rsync.words == ["-ltspogD", "--foo", "--rsh=x", "--rsh=ssh " + options])
        #expect(sync.transfer.rsync.remoteShell == "ssh " + options)
        #expect(sync.target == "user@h:/t d/x/")
        #expect(sync.delay == .seconds(15))
    }

    @Test("without any of them there is no --rsh; the program is for moves alone, as in lsyncd")
    func plain() throws {
        let (sync, ssh) = try ssh("ssh = { binary = '/opt/bin/ssh' }")
        #expect(sync.transfer.rsync.words == ["-lts"] && sync.transfer.rsync.remoteShell == nil)
        #expect(ssh.binary == "/opt/bin/ssh" && ssh.options.isEmpty && ssh.listReader == "xargs")
        let nothing = try self.ssh("ssh = { port = os.getenv('NOBODY_SETS_THIS'), _extra = { } }")
        #expect(nothing.sync.transfer.rsync.words == ["-lts"])
    }

    @Test("a value that holds a blank is one word to rsync; an entry of _extra is what it was")
    func blanks() throws {
        let (_, ssh) = try ssh("ssh = { identityFile = '/my key', _extra = { '-i /other' } }")
        #expect(ssh.options == "-i '/my key' -i /other")
    }

    @Test(
        "where the target lies, with addresses of either kind",
        arguments: [
            ("h", "/d", "h:/d/"), ("u@h", "d/", "u@h:d/"), ("h", "~/x", "h:~/x/"), ("h", "./", "h:./"),
            ("fe80::1%eth0", "/x", "[fe80::1%eth0]:/x/"), ("u@[::1]", "/x", "u@[::1]:/x/"),
            ("u@::1", "/x", "u@[::1]:/x/"),
        ])
    func targets(host: String, directory: String, target: String) throws {
        let text = "sync{ default.rsyncssh, source = 'SRC', host = '\(host)', targetdir = '\(directory)' }"
        #expect(try ConfigurationFixture().sync(text).target == ByteString(target))
    }

    @Test("the reader of lists and the tables of exit codes of older releases are taken")
    func olderKeys() throws {
        let text = """
            sync{ default.rsyncssh, source = 'SRC', host = 'h', targetdir = 'd', onMove = true,
              xargs = { binary = '/opt/xargs', delimiter = '\\0' }, sshExitCodes = { [255] = 'again' },
              rsyncExitCodes = { [5] = 'die' } }
            """
        let (sync, ssh) = try ssh(text, warnings: 0)
        #expect(ssh.listReader == "/opt/xargs")
        #expect(sync.exitCodes.table[5] == .die && sync.exitCodes.table[0] == .ok && sync.exitCodes.isCustom)
    }

    private func ssh(_ text: String, warnings: Int) throws -> (sync: SyncSettings, ssh: SshSettings) {
        let loaded = try ConfigurationFixture().load(text)
        #expect(loaded.warnings.count == warnings)
        guard case .rsyncssh(_, let ssh) = loaded.settings.syncs[0].transfer else { throw FixtureError.notSsh }
        return (loaded.settings.syncs[0], ssh)
    }

    @Test("a cap on all transfers is no mistake beside rsyncssh")
    func cap() throws {
        let text = """
            settings{ maxProcesses = 8 }
            sync{ default.rsyncssh, source = 'SRC', host = 'h', targetdir = 'd' }
            """
        let loaded = try ConfigurationFixture().load(text)
        #expect(loaded.warnings.isEmpty)
        #expect(loaded.settings.maxProcesses == 8 && loaded.settings.syncs[0].maxProcesses == 1)
    }

    @Test("a tunnel is shared by the syncs that hold it, and its command says whether it is a pool")
    func tunnels() throws {
        let text = """
            local one = tunnel{ command = "ssh -N -L ^localport:x:873 h", parallel = 2, readyDelay = 1 }
            sync{ default.rsync, source = 'SRC', target = 'rsync://localhost:^localport/m', tunnel = one }
            sync{ default.rsync, source = 'SRC', target = 'rsync://localhost:^localport/n', tunnel = one }
            sync{ default.rsync, source = 'SRC', target = 'h::m', tunnel = tunnel{ command = { 'x y', '^localhost' } } }
            """
        let syncs = try ConfigurationFixture().load(text).settings.syncs
        var one = TunnelSettings(
            number: 1, name: "Tunnel1", command: ["ssh", "-N", "-L", "^localport:x:873", "h"])
        one.isPool = true
        one.parallel = 2
        one.readyDelay = .seconds(1)
        #expect(
            syncs.map(\.tunnel) == [
                one, one, TunnelSettings(number: 2, name: "Tunnel2", command: ["x y", "^localhost"]),
            ])
    }

    @Test("default.direct has a delay of its own, and the rsync behind it takes all options")
    func direct() throws {
        let fixture = ConfigurationFixture()
        let sync = try fixture.sync(
            "sync{ default.direct, source = 'SRC', target = 't', rsync = { archive = true, _extra = { '--foo' } } }")
        #expect(sync.delay == .seconds(1) && sync.target == ByteString(fixture.path("t")) + "/")
        var rsync = RsyncSettings()
        rsync.words = ["-ltspogD", "--foo"]
        #expect(sync.transfer == .direct(rsync))
    }
}
