import Foundation
import MirrorCore
import Testing

@testable import MirrorLinux

@Suite("Files")
struct FileTests {
    @Test("facts tell kind, size, time, links, and follow a link only when asked")
    func facts() throws {
        let scratch = Scratch()
        scratch.write("file", "hello")
        symlink("file", scratch.path + "/link")
        link(scratch.path + "/file", scratch.path + "/second")
        chmod(scratch.path + "/file", 0o640)
        var times = [timespec(tv_sec: 5, tv_nsec: 7), timespec(tv_sec: 1_000_000_000, tv_nsec: 123_456_789)]
        utimensat(AT_FDCWD, scratch.path + "/file", &times, 0)
        let facts = try FileFacts.at(scratch.bytes("file"))
        #expect(facts.kind == .regular && facts.size == 5 && facts.links == 2 && facts.mode == 0o640)
        #expect(facts.modifiedSeconds == 1_000_000_000 && facts.modifiedNanoseconds == 123_456_789)
        #expect(try FileFacts.at(scratch.bytes("link")).kind == .symbolicLink)
        #expect(try FileFacts.at(scratch.bytes("link"), followsLinks: true).isSame(as: facts))
        #expect(try FileFacts.at(scratch.bytes()).kind == .directory)
        #expect(throws: SystemCallError(call: "stat", path: scratch.bytes("none"), errno: ENOENT)) {
            try FileFacts.at(scratch.bytes("none"))
        }
    }

    @Test("a directory gives all its names as bytes; empty means nothing but dots")
    func directories() throws {
        let scratch = Scratch()
        #expect(try Directory.isEmpty(scratch.bytes()))
        let odd = ByteString([0xff, 0x0a, 0x2a])
        scratch.write("plain")
        let path = scratch.bytes() + "/" + odd
        _ = path.withCPath { mkdir($0, 0o755) }
        symlink("/", scratch.path + "/link")
        let entries = try Directory.entries(of: scratch.bytes()).sorted { $0.name < $1.name }
        #expect(entries.map(\.name) == ["link", "plain", odd])
        #expect(entries.map(\.isDirectory) == [false, false, true])
        #expect(try !Directory.isEmpty(scratch.bytes()))
        #expect(throws: SystemCallError(call: "open", path: scratch.bytes("plain"), errno: ENOTDIR)) {
            try Directory.entries(of: scratch.bytes("plain"))
        }
    }

    @Test("the mount table finds the innermost mount, the later of two at one place, and odd names")
    func mountTable() {
        let text = """
            22 1 0:20 / / rw,relatime shared:1 - ext4 /dev/vda rw
            23 22 0:21 / /srv/a\\040b rw - tmpfs tmp rw
            24 22 0:22 / /srv/web rw master:1 shared:2 - xfs /dev/vdb rw
            25 24 0:23 / /srv/web rw - nfs4 host:/x\\134y rw
            broken line
            """
        let table = MountTable(parsing: Array(text.utf8))
        #expect(table.entries.count == 4)
        #expect(table.entry(containing: "/srv/a b/c")?.fileSystem == "tmpfs")
        #expect(table.entry(containing: "/srv/a b2")?.mountPoint == "/")
        #expect(table.entry(containing: "/srv/web")?.fileSystem == "nfs4")
        #expect(table.entry(containing: "/srv/web/x")?.source == "host:/x\\y")
        #expect(table.entry(containing: "/srv/web/x")?.device == "0:23")
        #expect(table.entry(containing: "/")?.fileSystem == "ext4")
        let below = { (path: ByteString) in
            MountTable.entries(below: path, in: Array(text.utf8)).map(\.fileSystem).sorted()
        }
        #expect(below("/srv") == ["nfs4", "tmpfs", "xfs"])
        #expect(below("") == ["ext4", "nfs4", "tmpfs", "xfs"])
        #expect(below("/srv/a b").isEmpty && below("/srv/a").isEmpty)
        let deep = Array("1 2 0:3 / /a\\040b/c rw - tmpfs tmp rw\n2 3 0:4 /a\\040b/c /d rw - xfs s rw\n".utf8)
        #expect(MountTable.entries(below: "/a b", in: deep).map(\.mountPoint) == ["/a b/c"])
    }

    @Test("this machine's own table and kinds of file system can be read")
    func ownMounts() throws {
        let entry = MountTable.entry(containing: "/proc/self")
        #expect(entry?.mountPoint == "/proc" && entry?.fileSystem == "proc")
        #expect(try FileSystemKind.at("/dev/shm").name == "tmpfs")
        #expect(try !FileSystemKind.at("/dev/shm").isRemote)
        #expect(FileSystemKind(number: 0x6969).isRemote)
    }

    @Test("real paths have no links and need no slash at the end")
    func realPath() throws {
        let scratch = Scratch()
        scratch.makeDirectory("dir")
        symlink("dir", scratch.path + "/link")
        #expect(try RealPath.resolve(scratch.bytes("link/")) == scratch.bytes("dir"))
        #expect(throws: SystemCallError(call: "realpath", path: scratch.bytes("no"), errno: ENOENT)) {
            try RealPath.resolve(scratch.bytes("no"))
        }
    }
}

@Suite("Files that are written")
struct WrittenFileTests {
    private static func isLeftover(_ scratch: Scratch) -> Bool {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: scratch.path)) ?? []
        return names.contains { $0.hasSuffix(".lockstep-new") }
    }

    @Test("an absent file and one of ours are replaced by a rename; mode and group stay")
    func replaced() throws {
        let scratch = Scratch()
        let path = scratch.bytes("status")
        try ReplaceableFile.write(path, Array("one".utf8))
        chmod(scratch.path + "/status", 0o604)
        chown(scratch.path + "/status", uid_t.max, 12)
        let before = try FileFacts.at(path)
        let reader = open(scratch.path + "/status", O_RDONLY)
        try ReplaceableFile.write(path, Array("two".utf8))
        let after = try FileFacts.at(path)
        #expect(after.inode != before.inode && after.mode == 0o604 && after.group == before.group)
        #expect(scratch.read("status") == "two")
        var old = [UInt8](repeating: 0, count: 3)
        #expect(read(reader, &old, 3) == 3 && old == Array("one".utf8))
        close(reader)
        #expect(!Self.isLeftover(scratch))
    }

    @Test("links, hard links, devices and other people's files are rewritten in place")
    func inPlace() throws {
        let scratch = Scratch()
        scratch.write("real", "old content")
        symlink("real", scratch.path + "/link")
        try ReplaceableFile.write(scratch.bytes("link"), Array("new".utf8))
        #expect(try FileFacts.at(scratch.bytes("link")).kind == .symbolicLink)
        #expect(scratch.read("real") == "new")

        link(scratch.path + "/real", scratch.path + "/twin")
        try ReplaceableFile.write(scratch.bytes("twin"), Array("both".utf8))
        #expect(scratch.read("real") == "both")

        scratch.write("theirs", "x")
        chown(scratch.path + "/theirs", 12345, 12345)
        let before = try FileFacts.at(scratch.bytes("theirs"))
        try ReplaceableFile.write(scratch.bytes("theirs"), Array("y".utf8))
        let after = try FileFacts.at(scratch.bytes("theirs"))
        #expect(after.inode == before.inode && after.user == 12345 && scratch.read("theirs") == "y")

        let null = try FileFacts.at("/dev/null")
        try ReplaceableFile.write("/dev/null", Array("gone".utf8))
        #expect(try FileFacts.at("/dev/null") == null)
        #expect(!Self.isLeftover(scratch))
    }

    @Test("a file that something is mounted on is rewritten in place")
    func bindMounted() async throws {
        let scratch = Scratch()
        scratch.write("outer", "outer")
        scratch.write("inner", "inner")
        let mounted = try await withKernel {
            await $0.run(.shell("mount --bind \(scratch.path)/inner \(scratch.path)/outer"))
        }
        guard mounted.ending == .exited(0) else { try Test.cancel("mounting is not allowed here") }
        defer { umount2(scratch.path + "/outer", 2) }
        try ReplaceableFile.write(scratch.bytes("outer"), Array("new".utf8))
        #expect(scratch.read("inner") == "new")
        #expect(!Self.isLeftover(scratch))
    }

    @Test("a leftover or a trap at the temporary name is neither followed nor in the way")
    func temporaryTrap() throws {
        let scratch = Scratch()
        scratch.write("victim", "safe")
        let temporary = ReplaceableFile.temporary(for: scratch.bytes("status"))
        #expect(temporary == scratch.bytes(".status.lockstep-new"))
        _ = temporary.withCPath { symlink("victim", $0) }
        try ReplaceableFile.write(scratch.bytes("status"), Array("s".utf8))
        #expect(scratch.read("victim") == "safe" && scratch.read("status") == "s")
        let long = ByteString([UInt8](repeating: 0x61, count: 255))
        try ReplaceableFile.write(scratch.bytes() + "/" + long, [1])
        #expect(ReplaceableFile.temporaryName(for: long).count <= 255)
    }

    @Test("what does not work is told: a missing directory, a pipe that nobody reads")
    func refused() throws {
        let scratch = Scratch()
        #expect(throws: SystemCallError(call: "open", path: scratch.bytes("no/status"), errno: ENOENT)) {
            try ReplaceableFile.write(scratch.bytes("no/status"), [])
        }
        mkfifo(scratch.path + "/pipe", 0o600)
        #expect(throws: SystemCallError(call: "open", path: scratch.bytes("pipe"), errno: ENXIO)) {
            try ReplaceableFile.write(scratch.bytes("pipe"), [])
        }
        #expect(throws: SystemCallError(call: "open", path: scratch.bytes("no/log"), errno: ENOENT)) {
            try AppendedFile.append(scratch.bytes("no/log"), [])
        }
    }

    @Test("appended lines stay, and the file may be moved away between them")
    func appended() throws {
        let scratch = Scratch()
        try AppendedFile.append(scratch.bytes("log"), Array("a\n".utf8))
        try AppendedFile.append(scratch.bytes("log"), Array("b\n".utf8))
        scratch.rename("log", "log.1")
        try AppendedFile.append(scratch.bytes("log"), Array("c\n".utf8))
        #expect(scratch.read("log.1") == "a\nb\n" && scratch.read("log") == "c\n")
    }

    @Test("a pid file holds one line, is locked against others, and only our own is removed")
    func pidFile() async throws {
        let scratch = Scratch()
        scratch.write("pid", "123456789\nrest\n")
        let file = try PidFile(scratch.bytes("pid"))
        #expect(scratch.read("pid") == "\(getpid())\n")
        // The lock of lockf(3) in another process, which is what lsyncd and its scripts try. 5: it is taken.
        let script = #"""
            use Fcntl; open(F, "+<", $ARGV[0]) or exit 3; my $lock = pack("s s x4 q q i x4", F_WRLCK, 0, 0, 0, 0);
            fcntl(F, F_SETLK, $lock) or exit 5;
            """#
        let words: [ByteString] = ["perl", "-e", ByteString(script), scratch.bytes("pid")]
        let other = try await withKernel { await $0.run(Command(executable: "/usr/bin/perl", arguments: words)) }
        #expect(other.ending == .exited(5))
        scratch.rename("pid", "moved")
        scratch.write("pid", "77\n")
        file.remove()
        #expect(scratch.read("pid") == "77\n")
        scratch.rename("moved", "pid")
        file.remove()
        #expect(scratch.read("pid") == nil)
    }
}
