import MirrorCore
import MirrorLinux
import MirrorTesting
import MirrorTransfer

/// A tree of generated names, and rsync asked what it would transfer of it under generated rules.
final class RuleBench {
    let bench: TransferBench
    var generator: RuleGenerator
    private var paths: [(path: RelativePath, isDirectory: Bool)] = []
    private var kinds: [RelativePath: Bool] = [:]
    /// (rule set, path) pairs compared so far.
    private(set) var cases = 0

    init(seed: UInt64, count: Int) throws {
        bench = try TransferBench()
        generator = RuleGenerator(seed: seed)
        generator.makeTree(of: count)
        paths = generator.paths
        for (path, isDirectory) in paths { try make(path, isDirectory: isDirectory) }
    }

    func add(_ path: RelativePath, isDirectory: Bool) throws {
        paths.append((path, isDirectory))
        try make(path, isDirectory: isDirectory)
    }

    private func make(_ path: RelativePath, isDirectory: Bool) throws {
        if isDirectory {
            try bench.source.makeDirectory(path.byteString)
        } else {
            try bench.source.write(path.byteString, "")
        }
        kinds[path] = isDirectory
    }

    /// One set of rules in each form in which rsync gets it. Answers what is not as the matcher has it.
    func compare(_ filters: [FilterRule], _ excludes: [ByteString], inAllForms: Bool) async -> [String] {
        var sync = SyncSettings(name: "s", source: bench.source.root, target: bench.target.root + "/")
        sync.filters = filters
        sync.excludes = excludes
        var rsync = RsyncSettings()
        rsync.words = ["-rl", "-n", "--out-format=%n"]
        sync.transfer = .rsync(rsync)
        let words = RsyncWords(sync: sync)
        let matcher = PathMatcher(filters: filters, excludes: excludes)
        let kept = paths.filter { !matcher.excludes($0.path, isDirectory: $0.isDirectory) }.map(\.path)
        var found = await differences(words.everything(bench.job(deletes: false)), .root, kept)
        let top = paths.filter(\.isDirectory)
        let chosen = top[generator.number(top.count)].path
        guard inAllForms, !matcher.excludes(chosen, isDirectory: true) else { return found }
        let mark = ListedPath(Change(chosen, isSubtree: true), .directory)
        let job = bench.job(.changes([mark.change]), deletes: false)
        let takesMore = RsyncRules.read(filters: filters, excludes: excludes).contains(where: \.includes)
        found += await differences(words.listed([mark], of: job), chosen, kept, takesMore: takesMore)
        for call in words.named([mark], of: job) ?? [] { found += await differences(call, chosen, kept) }
        return found
    }

    /// `takesMore`: rules that include may take more from the directories on the way to the chosen one.
    private func differences(
        _ call: RsyncCall, _ top: RelativePath, _ kept: [RelativePath], takesMore: Bool = false
    ) async -> [String] {
        var command = Command(
            executable: "/usr/bin/rsync", arguments: ["rsync"] + call.words, environment: ["LC_ALL=C"],
            input: call.input)
        command.outputLimit = 8 << 20
        let end = await bench.kernel.run(command)
        guard end.ending == .exited(0) else {
            return ["\(call.words): \(end.ending) \(ByteString(end.errors))"]
        }
        let told = Set(ByteString(end.output).split(separator: 0x0a).map { RelativePath(Self.plain($0.bytes)) })
        let expected = Set(kept.filter { top.contains($0) })
        cases += kinds.keys.count { top.contains($0) }
        let wrong = kinds.keys.filter { path in
            let isInQuestion = top.contains(path) || (!takesMore && !path.contains(top))
            return isInQuestion && told.contains(path) != expected.contains(path)
        }
        return wrong.sorted().map { path in
            let name = String(reflecting: path.byteString.description) + (kinds[path] == true ? "/" : "")
            return "\(name): rsync \(told.contains(path) ? "takes it" : "leaves it out") with "
                + String(reflecting: ByteString(call.input ?? []).description) + " \(call.words.dropLast(2))"
        }
    }

    /// `\#ooo` is a byte, and `./` the root.
    private static func plain(_ line: [UInt8]) -> [UInt8] {
        var plain: [UInt8] = []
        var rest = line[...]
        while let byte = rest.popFirst() {
            let digits = rest.dropFirst().prefix(3)
            if byte == UInt8(ascii: "\\"), rest.first == UInt8(ascii: "#"), digits.count == 3,
                let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                plain.append(code)
                rest = rest.dropFirst(4)
            } else {
                plain.append(byte)
            }
        }
        return plain == Array("./".utf8) ? [] : plain
    }
}
