import Glibc
import MirrorCore
import MirrorTesting

/// Something that happens to a tree (and to a yard beside it, on the same file system), and what is dirty then.
struct Deed: Sendable {
    typealias Act = @Sendable (_ tree: DirectoryTree, _ yard: DirectoryTree) throws -> Void

    let name: String
    /// `d/**` is the whole of d.
    let dirty: [RelativePath]
    var prepare: Act = { _, _ in }
    let act: Act

    init(_ name: String, _ dirty: [RelativePath], prepare: @escaping Act = { _, _ in }, _ act: @escaping Act) {
        (self.name, self.dirty, self.prepare, self.act) = (name, dirty, prepare, act)
    }

    static let all = files + contents + fileMoves + directories + directoryMoves + others

    private static let file: Act = { tree, _ in try tree.write("f", "one") }
    private static let deep: Act = { tree, _ in
        try tree.makeDirectories("d/e")
        try tree.write("d/e/f", "one")
    }

    private static let two: Act = { tree, _ in
        try tree.write("f", "one")
        try tree.write("g", "two")
    }
    private static let besideDirectory: Act = { tree, _ in
        try tree.write("f", "one")
        try tree.makeDirectory("d")
    }
    private static let fileInYard: Act = { _, yard in try yard.write("f", "one") }
    private static let directory: Act = { tree, _ in try tree.makeDirectory("d") }
    private static let deepInYard: Act = { _, yard in
        try yard.makeDirectories("d/e")
        try yard.write("d/e/f", "x")
    }
    private static let trees: Act = { tree, _ in
        try tree.makeDirectories("d/e")
        try tree.makeDirectories("x/y")
    }
    private static let fileBesideTree: Act = { tree, _ in
        try tree.makeDirectories("d/e")
        try tree.write("f", "x")
    }
    private static let treeInYard: Act = { _, yard in
        try yard.makeDirectories("d/e")
    }

    private static let files = [
        Deed("a new file", ["f"]) { tree, _ in try tree.write("f", "x") },
        Deed("a new empty file", ["f"]) { tree, _ in try tree.write("f", "") },
        Deed("a file in a directory", ["d/e/g"], prepare: deep) { tree, _ in try tree.write("d/e/g", "x") },
        Deed("a deleted file", ["f"], prepare: file) { tree, _ in try tree.remove("f") },
        Deed("a file that came and went", ["f"]) { tree, _ in
            try tree.write("f", "x")
            try tree.remove("f")
        },
        Deed("a mode", ["f"], prepare: file) { tree, _ in try tree.changeMode("f", 0o600) },
        Deed("an owner", ["f"], prepare: file) { tree, _ in
            if geteuid() == 0 {
                try tree.changeOwner("f", user: 12, group: 34)
            } else {
                try tree.changeMode("f", 0o640)
            }
        },
        Deed("a time of modification alone", ["f"], prepare: file) { tree, _ in
            try tree.setModified("f", seconds: 1_000_000)
        },
        Deed("an old time", ["f"], prepare: file) { tree, _ in try tree.setTime("f", seconds: 1_000_000) },
        Deed("a user attribute", ["f"], prepare: file) { tree, _ in try tree.setAttribute("f", "user.colour", "red") },
    ]

    private static let contents = [
        Deed("more content", ["f"], prepare: file) { tree, _ in try tree.append("f", "more") },
        Deed("other content of the same length", ["f"], prepare: file) { tree, _ in try tree.write("f", "two") },
        Deed("content in the middle", ["f"], prepare: file) { tree, _ in try tree.overwrite("f", at: 1, "x") },
        Deed("a length", ["f"], prepare: file) { tree, _ in try tree.truncate("f", to: 1) },
        Deed("a write through a mapping", ["f"], prepare: file) { tree, _ in try tree.writeMapped("f", "map") },
        Deed("a file with a hole", ["f"]) { tree, _ in try tree.writeSparse("f", hole: 100_000, "end") },
        Deed("a file that had no name", ["f"]) { tree, _ in try tree.writeUnnamed("f", "text") },
    ]

    private static let fileMoves = [
        Deed("a renamed file", ["f", "g"], prepare: file) { tree, _ in try tree.rename("f", to: "g") },
        Deed(
            "a file renamed over another", ["f", "g"],
            prepare: two
        ) { tree, _ in try tree.rename("f", to: "g") },
        Deed(
            "a file renamed to another directory", ["f", "d/f"],
            prepare: besideDirectory
        ) { tree, _ in try tree.rename("f", to: "d/f") },
        Deed("a file renamed there and back", ["f", "g"], prepare: file) { tree, _ in
            for _ in 0..<3 {
                try tree.rename("f", to: "g")
                try tree.rename("g", to: "f")
            }
        },
        Deed("a file written beside and put in its place", ["f", ".f.new"], prepare: file) { tree, _ in
            try tree.write(".f.new", "two")
            try tree.rename(".f.new", to: "f")
        },
        Deed("a file that comes in", ["f"], prepare: fileInYard) { tree, yard in
            try yard.move("f", to: "f", of: tree)
        },
        Deed("a file that goes out", ["f"], prepare: file) { tree, yard in try tree.move("f", to: "f", of: yard) },
        Deed(
            "two files that change places", ["f", "g"],
            prepare: two
        ) { tree, _ in try tree.exchange("f", "g") },
    ]

    private static let directories = [
        Deed("a new directory", ["d"]) { tree, _ in try tree.makeDirectory("d") },
        Deed("directories at once, with files", ["a", "a/b", "a/b/c", "a/b/c/d", "a/f", "a/b/c/d/f"]) { tree, _ in
            try tree.makeDirectories("a/b/c/d")
            try tree.write("a/b/c/d/f", "x")
            try tree.write("a/f", "x")
        },
        Deed("a directory that goes", ["d/**"], prepare: directory) { tree, _ in
            try tree.remove("d")
        },
        Deed("a tree that goes", ["d/**"], prepare: deep) { tree, _ in try tree.removeAll("d") },
        Deed("a mode of a directory", ["d"], prepare: deep) { tree, _ in try tree.changeMode("d", 0o700) },
        Deed("a directory that a file takes the place of", ["d/**"], prepare: deep) { tree, _ in
            try tree.removeAll("d")
            try tree.write("d", "file")
        },
        Deed("a file that a directory takes the place of", ["f", "f/g"], prepare: file) { tree, _ in
            try tree.remove("f")
            try tree.makeDirectory("f")
            try tree.write("f/g", "x")
        },
    ]

    private static let directoryMoves = [
        Deed("a renamed directory", ["d/**", "e/**"], prepare: deep) { tree, _ in try tree.rename("d", to: "e") },
        Deed("a directory written in after its rename", ["d/**", "x/**", "x/y/**"], prepare: deep) { tree, _ in
            try tree.rename("d", to: "x")
            try tree.write("x/e/g", "x")
        },
        Deed(
            "a directory that comes in with content", ["d/**"],
            prepare: deepInYard
        ) { tree, yard in
            try yard.move("d", to: "d", of: tree)
            try tree.write("d/e/g", "x")
        },
        Deed("a directory that goes out, and is written in there", ["d/**"], prepare: deep) { tree, yard in
            try tree.move("d", to: "d", of: yard)
            try yard.write("d/e/g", "x")
        },
        Deed("a directory that goes out and comes back", ["d/**"], prepare: deep) { tree, yard in
            try tree.move("d", to: "d", of: yard)
            try yard.move("d", to: "d", of: tree)
            try tree.write("d/e/g", "x")
        },
        Deed(
            "two directories that change places", ["d/**", "x/**"],
            prepare: trees
        ) { tree, _ in
            try tree.exchange("d", "x")
            try tree.write("d/y/f", "x")
        },
        Deed(
            "a file and a directory that change places", ["d/**", "f/**"],
            prepare: fileBesideTree
        ) { tree, _ in try tree.exchange("d", "f") },
    ]

    private static let others = [
        Deed("a symbolic link", ["l"]) { tree, _ in try tree.makeLink("l", to: "f") },
        Deed("a link to a directory in the place of a directory", ["d/**"], prepare: deep) { tree, _ in
            try tree.removeAll("d")
            try tree.makeLink("d", to: "/")
        },
        Deed("another name of a file", ["g"], prepare: file) { tree, _ in try tree.makeHardLink("g", to: "f") },
        Deed("a fifo", ["p"]) { tree, _ in try tree.makeFifo("p") },
        Deed(
            "names of any bytes",
            [
                RelativePath(uncheckedBytes: [0x0a, 0x2a]), RelativePath(uncheckedBytes: [0xff, 0xfe]),
                RelativePath(uncheckedBytes: [UInt8](repeating: 0x61, count: 255)),
            ]
        ) { tree, _ in
            for name in [[0x0a, 0x2a], [0xff, 0xfe], [UInt8](repeating: 0x61, count: 255)] {
                try tree.write(ByteString(name), "x")
            }
        },
        Deed("what happens beside the tree", []) { _, yard in
            try yard.makeDirectories("a/b")
            try yard.write("a/b/f", "x")
            try yard.rename("a", to: "tree")
            try yard.removeAll("tree")
        },
        Deed(
            "something in a directory that came from busy places", ["d/**"],
            prepare: treeInYard
        ) { tree, yard in
            // Long enough for a source to stop listening to what lies outside.
            for number in 0..<200 { try yard.write("d/e/f", ByteString("\(number)")) }
            try yard.move("d", to: "d", of: tree)
            for number in 0..<20 { try tree.write("d/e/g", ByteString("\(number)")) }
        },
    ]
}
