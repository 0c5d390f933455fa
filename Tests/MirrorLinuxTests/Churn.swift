internal import CLinux
import Foundation
import MirrorCore

@testable import MirrorLinux

/// Chance from a seed.
struct Dice {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
    mutating func pick<Element>(_ list: [Element]) -> Element { list[below(list.count)] }
}

/// Random changes of a tree. What does not work (something is in the way, or gone) is nothing.
struct Churn {
    private static let names: [ByteString] =
        ["a", "b", "c", "d", "file", "x y", ByteString([0x0a, 0x2a]), ByteString([0xff, 0xfe, 0x80])]
        + [ByteString([UInt8](repeating: 0x6c, count: 255))]

    let root: ByteString
    let outside: ByteString
    private var dice: Dice

    init(root: ByteString, outside: ByteString, seed: UInt64) {
        self.root = root
        self.outside = outside
        dice = Dice(seed: seed)
    }

    mutating func run(_ count: Int) {
        for _ in 0..<count { step() }
    }

    private mutating func step() {
        switch dice.below(20) {
        case 0..<3: makeDirectories()
        case 3..<8: write(newPath())
        case 8: chmod(somePath())
        case 9..<13: rename(deepPath(), newPath(), 0)
        case 13: rename(deepPath(), deepPath(), 0)
        case 14..<16: rename(somePath(), somePath(), 2)
        case 16: symlink()
        case 17: remove(deepPath())
        case 18: rename(deepPath(), outside + "/" + dice.pick(Self.names), 0)
        default: rename(outside + "/" + dice.pick(Self.names), newPath(), 0)
        }
    }

    private mutating func makeDirectories() {
        var path = newPath()
        for depth in 0...dice.below(4) {
            if depth > 0 { path += "/" + dice.pick(Self.names) }
            _ = path.withCPath { mkdir($0, 0o755) }
            if dice.below(2) == 0 { write(path + "/" + dice.pick(Self.names)) }
        }
    }

    private mutating func write(_ path: ByteString) {
        let append = dice.below(2) == 0 ? O_APPEND : O_TRUNC
        let flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | append
        let file = path.withCPath { cl_open_at(cl_at_current, $0, flags, 0o644) }
        guard file >= 0 else { return }
        let bytes = [UInt8](repeating: UInt8(dice.below(256)), count: 1 + dice.below(20))
        _ = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
        close(file)
    }

    private mutating func chmod(_ path: ByteString) {
        guard let kind = Self.kind(path), kind != .symbolicLink else { return }
        let mode = mode_t(0o700 + dice.below(64))
        _ = path.withCPath { Glibc.chmod($0, mode) }
    }

    private mutating func symlink() {
        let target = dice.pick(Self.names)
        let path = newPath()
        _ = target.withCPath { target in path.withCPath { Glibc.symlink(target, $0) } }
    }

    private func rename(_ old: ByteString, _ new: ByteString, _ flags: UInt32) {
        // Nothing outside is ever opened up by an exchange of the root itself.
        guard old != root, new != root else { return }
        _ = old.withCPath { old in new.withCPath { cl_rename(old, $0, flags) } }
    }

    private func remove(_ path: ByteString) {
        guard path != root else { return }
        for entry in (try? Directory.entries(of: path)) ?? [] where Self.kind(path) == .directory {
            remove(path + "/" + entry.name)
        }
        _ = path.withCPath { Glibc.remove($0) }
    }

    /// A way down from the root that exists.
    private mutating func somePath() -> ByteString {
        var path = root
        for _ in 0...dice.below(5) {
            guard Self.kind(path) == .directory, let entries = try? Directory.entries(of: path), !entries.isEmpty
            else { break }
            path += "/" + dice.pick(entries.map(\.name).sorted())
        }
        return path
    }

    /// Mostly not one at the top, or the tree would never grow.
    private mutating func deepPath() -> ByteString {
        let path = somePath()
        let slash = UInt8(ascii: "/")
        let depth = path.bytes.dropFirst(root.count).count { $0 == slash }
        return depth > 2 || dice.below(20) == 0 ? path : root
    }

    private mutating func newPath() -> ByteString {
        let path = somePath()
        let isDirectory = Self.kind(path) == .directory
        if isDirectory { return path + "/" + dice.pick(Self.names) }
        return path
    }

    static func kind(_ path: ByteString) -> FileFacts.Kind? { (try? FileFacts.at(path))?.kind }
}

/// What a tree is: every name with all that a mirror copies.
struct TreePicture {
    private(set) var states: [RelativePath: String] = [:]
    private(set) var directories: [RelativePath] = [.root]

    init(of root: ByteString) {
        var waiting: [RelativePath] = [.root]
        while let directory = waiting.popLast() {
            let path = directory.isRoot ? root : root + "/" + directory.byteString
            for entry in (try? Directory.entries(of: path)) ?? [] {
                let inner = directory.appending(entry.name.bytes)
                states[inner] = Self.state(path + "/" + entry.name)
                guard entry.isDirectory else { continue }
                directories.append(inner)
                waiting.append(inner)
            }
        }
    }

    private static func state(_ path: ByteString) -> String {
        guard let facts = try? FileFacts.at(path) else { return "gone" }
        let common = "\(facts.kind) \(facts.inode) \(facts.mode) \(facts.user)"
        guard facts.kind == .regular else { return common }
        let content = FileManager.default.contents(atPath: path.description)
        return common + " \(facts.modifiedSeconds).\(facts.modifiedNanoseconds) \(facts.size) \(content?.count ?? -1)"
    }

    /// Names that are not in both what they are in one.
    func differences(from other: TreePicture) -> [RelativePath] {
        Set(states.keys).union(other.states.keys).filter { states[$0] != other.states[$0] }.sorted()
    }
}

/// Takes notices as the core does: names that may differ, and subtrees.
struct Covered {
    private var names: Set<RelativePath> = []
    private var subtrees: Set<RelativePath> = []

    init(_ notices: [Notice]) {
        for notice in notices { take(notice) }
    }

    private mutating func take(_ notice: Notice) {
        switch notice {
        case .touched(let path, _), .writing(let path), .unchanged(let path, _), .happened(_, let path, _),
            .fileArrived(let path),
            .directoryAppeared(let path, _):
            names.insert(path)
        case .disappeared(let path, let isDirectory): mark(path, isDirectory)
        case .renamed(let from, let to, let isDirectory):
            mark(from, isDirectory)
            mark(to, isDirectory)
        case .lost(let path, _), .missed(let path, _, _), .directoryFound(let path): subtrees.insert(path)
        case .rootGone: subtrees.insert(.root)
        case .live, .watchedBy, .uncovered: break
        }
    }

    private mutating func mark(_ path: RelativePath, _ isDirectory: Bool) {
        names.insert(path)
        if isDirectory { subtrees.insert(path) }
    }

    func contains(_ path: RelativePath) -> Bool {
        if names.contains(path) { return true }
        var current: RelativePath? = path
        while let place = current {
            if subtrees.contains(place) { return true }
            current = place.parent
        }
        return false
    }
}
