import Glibc
import MirrorCore
import MirrorLinux
import MirrorTesting
import MirrorTransfer
import Testing

@Suite("Renames that a host repeats")
struct RemoteMoveTests {
    private func moves(_ changes: [Change], present: Set<RelativePath>) -> [RemoteMoves.Move] {
        RemoteMoves(changes) { present.contains($0) }.moves
    }

    @Test("only renames that still stand so are repeated, in their order")
    func planned() {
        let changes = [
            Change("b", movedFrom: "a"), Change("x"), Change("d", movedFrom: "c"), Change("f", movedFrom: "e"),
            Change("h", movedFrom: "g"),
        ]
        // c is there again, f is gone.
        let found = moves(changes, present: ["b", "c", "d", "h"])
        #expect(found == [.init(old: "a", new: "b"), .init(old: "g", new: "h")])
    }

    @Test("a path that can't be looked at, the root, and one inside the other are no moves")
    func refused() {
        #expect(RemoteMoves([Change("b", movedFrom: "a")]) { _ in nil }.isEmpty)
        #expect(moves([Change("a/b", movedFrom: "a")], present: ["a/b"]).isEmpty)
        #expect(moves([Change("a", movedFrom: "a/b")], present: ["a"]).isEmpty)
    }

    private static let readers = ["xargs", "/usr/bin/xargs"]

    /// Runs the command as a login shell would, `shell -c COMMAND`. Where the reader is named with its path, a shell
    /// moves.
    private func perform(
        _ list: [(ByteString, ByteString)], in directory: ByteString, reader: ByteString, shell: ByteString = "sh",
        home: ByteString? = nil
    ) async throws {
        let changes = list.compactMap { old, new in
            RelativePath(new.bytes).map { Change($0, movedFrom: RelativePath(old.bytes)) }
        }
        let ends = Set(changes.map(\.path))
        let moves = RemoteMoves(changes) { ends.contains($0) }
        try #require(moves.moves.count == list.count)
        try await ChildProcess.run(
            [shell, "-c", RemoteMoves.command(in: directory, listReader: reader)], directory: home,
            input: .bytes(ByteString(moves.list)))
    }

    @Test("odd names are moved as the bytes they are, many in one command", arguments: ["sh", "bash"], readers)
    func oddNames(shell: String, reader: String) async throws {
        let place = try TemporaryTree()
        let odd = LocalTransferTests.nasty.filter { $0 != "..." }
        try place.tree.makeDirectories("it's a \"place\"/new")
        let root = try place.directory("it's a \"place\"")
        for name in odd { try root.write(name, name) }
        for number in 0..<300 { try root.write(ByteString("n\(number)"), ByteString("\(number)")) }
        let numbered = (0..<300).map { (ByteString("n\($0)"), ByteString("new/n\($0)")) }
        try await perform(
            odd.map { ($0, "new/" + $0) } + numbered, in: root.root + "/", reader: ByteString(reader),
            shell: ByteString(shell))
        for name in odd {
            #expect(try root.status(name) == nil)
            #expect(try root.read("new/" + name) == name)
        }
        #expect(try root.names("new").count == odd.count + 300)
    }

    @Test(
        "a move goes neither through nor onto a link, nor into a directory, and one that fails stops no other",
        arguments: readers)
    func links(reader: String) async throws {
        let place = try TemporaryTree()
        let outside = try place.directory("outside")
        let root = try place.directory("root")
        try outside.write("there", "there")
        try root.makeDirectories("deep/dir")
        try root.makeLink("deep/link", to: outside.root)
        try root.makeLink("link", to: outside.root)
        for name in ["a", "b", "c", "d", "e", "file"] as [ByteString] { try root.write(name, name) }
        try await perform(
            [
                ("a", "link/a"), ("b", "deep/link/b"), ("c", "link"), ("d", "deep"), ("link/there", "stolen"),
                ("missing", "x"), ("file", "no such directory/file"), ("e", "deep/dir/e"),
            ], in: root.root, reader: ByteString(reader))
        #expect(try outside.names() == ["there"])
        #expect(try root.names() == ["a", "b", "c", "d", "deep", "file", "link"])
        #expect(try root.read("deep/dir/e") == "e")
        #expect(try root.names("deep") == ["dir", "link"])
    }

    @Test(
        "directories below the home directory, with and without a tilde, and names that look like options",
        arguments: readers)
    func directories(reader: String) async throws {
        let place = try TemporaryTree()
        for directory in ["x", "-x", "y"] as [ByteString] {
            try place.tree.makeDirectory(directory)
            try place.tree.write(directory + "/a", "1")
        }
        try place.tree.write("a", "1")
        for directory in ["~/x/", "-x/", "y/", "./"] as [ByteString] {
            try await perform([("a", "b")], in: directory, reader: ByteString(reader), home: place.path)
        }
        for path in ["x/b", "-x/b", "y/b", "b"] as [ByteString] { #expect(try place.tree.read(path) == "1") }
    }
}

extension SshBench {
    /// A sync of default.rsyncssh; its rsync notes every call.
    func rsyncssh(
        options: ByteString = "", words: [ByteString] = ["-lts"],
        configure: (inout SyncSettings, inout SshSettings) -> Void = { _, _ in }
    ) throws -> RsyncSshTransfer {
        var rsync = RsyncSettings()
        rsync.binary = try bench.wrapper()
        rsync.words = words
        var ssh = SshSettings(host: "web", targetDirectory: bench.target.root + "/")
        ssh.options = options
        if !options.isEmpty {
            rsync.words.append("--rsh=ssh " + options)
            rsync.remoteShell = "ssh " + options
        }
        var sync = SyncSettings(name: "Sync1", source: bench.source.root, target: target)
        configure(&sync, &ssh)
        sync.transfer = .rsyncssh(rsync, ssh)
        let behind = RsyncTransfer(
            sync: sync, settings: Settings(), kernel: bench.kernel, pool: bench.pool, connections: bench.connections,
            output: { _ in })
        return RsyncSshTransfer(sync: sync, ssh: ssh, rsync: behind)
    }
}

@Suite("rsyncssh with a real sshd", .enabled(if: geteuid() == 0, "sshd needs root here"))
struct RsyncSshTransferTests {
    private func inode(_ tree: DirectoryTree, _ path: ByteString) throws -> UInt64 {
        try FileFacts.at(tree.path(path)).inode
    }

    private static func renamed(_ old: RelativePath, to new: RelativePath, isDirectory: Bool = false) -> [Change] {
        [
            .removed(old, isDirectory: isDirectory),
            Change(new, isSubtree: isDirectory, mayBeDirectory: isDirectory, movedFrom: old),
        ]
    }

    @Test(
        "renames are repeated there, with the shared connection and with a key and port of the sync's own",
        arguments: [false, true])
    func moves(ownOptions: Bool) async throws {
        let ssh = try await SshBench()
        try await ssh.server.start()
        let bench = ssh.bench
        let transfer = try ssh.rsyncssh(
            options: ownOptions ? ByteString("-o ServerAliveInterval=7 -p \(ssh.server.port)") : "")
        try bench.source.makeDirectories("d/e")
        try bench.source.write("d/e/f", "content")
        try bench.source.write("g h", "other")
        #expect(await transfer.run(bench.job()).result == .done)
        let inodes = [try inode(bench.target, "d/e/f"), try inode(bench.target, "g h")]
        try bench.source.rename("d", to: "it's")
        try bench.source.rename("g h", to: "it's/$(g)")
        let changes = Self.renamed("d", to: "it's", isDirectory: true) + Self.renamed("g h", to: "it's/$(g)")
        #expect(await transfer.run(bench.job(.changes(changes))).result == .done)
        #expect([try inode(bench.target, "it's/e/f"), try inode(bench.target, "it's/$(g)")] == inodes)
        #expect(try bench.differences() == "")
        await bench.connections.close()
    }

    @Test("where the host refuses to move, the content is sent, and the refusal is not asked for at every batch")
    func refused() async throws {
        let ssh = try await SshBench()
        try await ssh.server.start()
        let bench = ssh.bench
        let transfer = try ssh.rsyncssh { _, ssh in ssh.listReader = "/nowhere/xargs" }
        try bench.source.write("0", "content")
        #expect(await transfer.run(bench.job()).result == .done)
        for round in 0..<6 {
            let (old, new) = ("\(round)", "\(round + 1)")
            try bench.source.rename(ByteString(old), to: ByteString(new))
            let changes = Self.renamed(RelativePath(old.utf8)!, to: RelativePath(new.utf8)!)
            #expect(await transfer.run(bench.job(.changes(changes))).result == .done)
            #expect(try bench.differences() == "")
        }
        await bench.connections.close()
    }

    @Test("a stale hint costs time and no truth: rsync has the last word about both ends")
    func stale() async throws {
        let ssh = try await SshBench()
        try await ssh.server.start()
        let bench = ssh.bench
        let transfer = try ssh.rsyncssh()
        try bench.source.write("new", "right")
        try bench.target.write("old", "wrong!")
        #expect(await transfer.run(bench.job(.changes(Self.renamed("old", to: "new")))).result == .done)
        #expect(try bench.differences() == "")
        await bench.connections.close()
    }

    @Test("while deletions are held nothing is moved away; a sync that never deletes moves all the same")
    func held() async throws {
        let ssh = try await SshBench()
        try await ssh.server.start()
        let bench = ssh.bench
        for (number, policy) in [DeletePolicy.always, .never].enumerated() {
            let transfer = try ssh.rsyncssh { sync, _ in sync.delete = policy }
            let (old, new) = (ByteString("old\(number)"), ByteString("new\(number)"))
            try bench.source.write(new, "content")
            try bench.target.write(old, "content")
            let changes = Self.renamed(RelativePath(old.bytes)!, to: RelativePath(new.bytes)!)
            #expect(await transfer.run(bench.job(.changes(changes), deletes: false)).result == .done)
            #expect(try bench.target.status(old) == nil || policy == .always)
            #expect(try bench.target.read(new) == "content")
        }
        #expect(try bench.target.read("old0") == "content")
        await bench.connections.close()
    }
}
