import Glibc
import MirrorCore
import MirrorTesting
import Testing

@testable import MirrorLinux

/// Eight processes make directories in directories, with files in them, while the watching begins and goes on. Whatever
/// stands there at the end was told, or was there when the tree was looked at after `live`, as the comparison at the
/// start does. `WATCH_ROUNDS` has more of it (`make soak`: 10,000).
@Suite("Watching under fire", .serialized)
struct SourceUnderFireTests {
    private static let rounds = getenv("WATCH_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 800
    private static let processes = 8

    @Test("mkdir -p a/b/c/d with files from eight processes", arguments: SourceUnderTest.all, FileSystem.allCases)
    func directories(_ kind: SourceUnderTest, _ system: FileSystem) async throws {
        let mounted: MountedFileSystem
        do { mounted = try await MountedFileSystem(system, isLarge: true) } catch { try Test.cancel("\(error)") }
        if let obstacle = kind.obstacle(mounted.path) { try Test.cancel("\(kind.name) on \(system): \(obstacle)") }
        let tree = DirectoryTree(mounted.path + "/tree")
        try DirectoryTree(mounted.path).makeDirectory("tree")
        let writers = try (0..<Self.processes).map { try writer($0, in: tree) }
        try await withKernel { kernel in
            let notices = Collected<Notice>()
            let order = WatchOrder(kernel: kernel, root: tree.root) { for notice in $0 { notices.append(notice) } }
            let source = try kind.make(order)
            source.start()
            await expectEventually { notices.all.contains { if case .live = $0 { true } else { false } } }
            let atStart = names(below: tree.root)
            for writer in writers {
                #expect(try await writer.waitForExit(within: .seconds(600)) == .code(0), "\(writer.errorText)")
            }
            await withCheckedContinuation { continuation in source.catchUp { continuation.resume() } }
            let covered = Covered(notices.all)
            let all = names(below: tree.root)
            let missed = all.subtracting(atStart).filter { !covered.contains($0) }
            #expect(all.count > Self.rounds, "\(all.count)")
            #expect(missed.isEmpty, "\(kind.name) on \(system): \(missed.count) of \(all.count): \(missed.prefix(5))")
            // Only a queue with an end can run over.
            let losses = notices.all.filter { if case .lost = $0 { true } else { false } }
            if kind.name == "fanotify" { #expect(losses == []) }
            source.stop()
        }
    }

    /// Every other round's directories are made by all of them at once.
    private func writer(_ number: Int, in tree: DirectoryTree) throws -> ChildProcess {
        let script = """
            my ($number, $rounds) = @ARGV;
            for my $round (0 .. $rounds - 1) {
              my $path = $round % 2 ? "r$round" : "r$round-$number";
              for my $name ("a", "b", "c", "d") {
                mkdir $path;
                open(my $file, ">", "$path/f$number") or die "$path: $!";
                print $file "x";
                close $file;
                $path .= "/$name";
              }
              mkdir $path;
              open(my $file, ">", "$path/f$number") or die "$path: $!";
              close $file;
            }
            """
        let words: [ByteString] = [
            "perl", "-e", ByteString(script), ByteString("\(number)"), ByteString("\(Self.rounds / Self.processes)"),
        ]
        return try ChildProcess(words, directory: tree.root)
    }

    private func names(below root: ByteString) -> Set<RelativePath> {
        var found: Set<RelativePath> = []
        var waiting: [RelativePath] = [.root]
        while let directory = waiting.popLast() {
            let path = directory.isRoot ? root : root + "/" + directory.byteString
            for entry in (try? Directory.entries(of: path)) ?? [] {
                let inner = directory.appending(entry.name.bytes)
                found.insert(inner)
                if entry.isDirectory { waiting.append(inner) }
            }
        }
        return found
    }
}
