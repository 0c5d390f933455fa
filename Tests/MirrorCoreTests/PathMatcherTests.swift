import MirrorCore
import Testing

/// A path as `rsync --exclude` would be asked about it: a slash at the end makes it a directory.
private func isExcluded(_ matcher: PathMatcher, _ path: String) -> Bool {
    matcher.excludes(RelativePath(path.utf8)!, isDirectory: path.hasSuffix("/"))
}

@Suite("Path matcher") struct PathMatcherTests {
    private struct Line: Sendable {
        let pattern: String
        let matches: [String]
        let others: [String]
    }

    private static let lines: [Line] = [
        Line(pattern: "foo", matches: ["/foo", "/foo/", "/x/foo", "/x/foo/y"], others: ["/foobar", "/xfoo", "/fo"]),
        Line(pattern: "/foo", matches: ["/foo", "/foo/", "/foo/y"], others: ["/x/foo", "/foobar"]),
        Line(pattern: "foo/", matches: ["/foo/", "/x/foo/", "/foo/y", "/x/foo/y/z"], others: ["/foo", "/x/foo"]),
        Line(pattern: "*.o", matches: ["/a.o", "/d/a.o/z", "/.o"], others: ["/a.ob", "/a/o"]),
        Line(pattern: "a/b", matches: ["/a/b", "/q/a/b/c"], others: ["/a/bc", "/qa/b", "/a"]),
        Line(pattern: "a**z", matches: ["/aXz", "/a/X/z", "/az"], others: ["/aX", "/ba/z1"]),
        Line(pattern: "dir/***", matches: ["/dir/", "/dir/q/r", "/x/dir/q"], others: ["/dir", "/dirx/q"]),
        Line(pattern: "[ab]c", matches: ["/ac", "/d/bc"], others: ["/[ab]c", "/abc"]),
        Line(pattern: "[!a-c]x", matches: ["/dx", "/]x"], others: ["/ax", "/cx", "/d/x", "/x"]),
        Line(pattern: "a\\[b]", matches: ["/a[b]"], others: ["/a\\[b]", "/ab"]),
        Line(pattern: "a\\b", matches: ["/a\\b"], others: ["/ab"]),
        Line(pattern: "a[b", matches: [], others: ["/a[b", "/ab"]),
        Line(pattern: "x?y", matches: ["/x1y"], others: ["/x/y", "/xy", "/x12y"]),
        Line(pattern: "/", matches: [], others: ["/a", "/a/", "/a/b"]),
        Line(pattern: "*", matches: ["/a", "/a/", "/a/b"], others: []),
        Line(pattern: "end$", matches: ["/end$"], others: ["/end", "/endx", "/end$x"]),
        Line(pattern: "#c", matches: [], others: ["/#c"]),
        Line(pattern: "- c", matches: ["/c"], others: ["/- c"]),
        Line(pattern: "", matches: [], others: ["/a", "/a/b", "/a/"]),
        Line(pattern: "foo/*", matches: ["/foo/x", "/foo/x/y"], others: ["/foo", "/foo/"]),
        Line(pattern: ". *", matches: ["/. x"], others: ["/.x", "/x"]),
        Line(pattern: ".**", matches: ["/.x", "/a/.b/c"], others: ["/a.x"]),
        Line(pattern: "*.a*.a", matches: ["/x.ab.a"], others: ["/x.a", "/x.ab"]),
        Line(pattern: "it's\\*", matches: ["/it's*"], others: ["/it'sx", "/it's\\x"]),
        Line(pattern: "%a+.-^(x)", matches: ["/%a+.-^(x)"], others: ["/aa+xx^(x)"]),
        Line(pattern: "übung", matches: ["/d/übung"], others: ["/ubung"]),
        Line(pattern: "**/", matches: ["/a/", "/a/b"], others: ["/a"]),
        Line(pattern: "./", matches: [], others: ["/a", "/a/b"]),
    ]

    @Test("every pattern of the table matches what it does in rsync", arguments: lines.indices)
    func table(index: Int) {
        let line = Self.lines[index]
        let matcher = PathMatcher(excludes: [ByteString(line.pattern)])
        for path in line.matches { #expect(isExcluded(matcher, path), "\(line.pattern) must match \(path)") }
        for path in line.others { #expect(!isExcluded(matcher, path), "\(line.pattern) must not match \(path)") }
    }

    @Test("the root stays in whatever the patterns say")
    func root() {
        let matcher = PathMatcher(excludes: ["*", "/", "**"])
        #expect(!matcher.excludes(.root, isDirectory: true))
    }

    @Test("the first filter that matches decides, and excludes come last")
    func order() {
        let filters = [
            FilterRule(includes: true, pattern: "*.txt"), FilterRule(includes: false, pattern: "a*"),
            FilterRule(includes: true, pattern: "*/"),
        ]
        let matcher = PathMatcher(filters: filters, excludes: ["b.txt", "c", "d"])
        #expect(!isExcluded(matcher, "/a.txt"))
        #expect(isExcluded(matcher, "/a.bin"))
        #expect(!isExcluded(matcher, "/b.txt"))
        #expect(isExcluded(matcher, "/c"))
        #expect(!isExcluded(matcher, "/c/"))
        #expect(!isExcluded(matcher, "/e"))
    }

    @Test("what lies below an excluded directory is left out, though a filter would take it")
    func belowExcludedDirectory() {
        let strict = PathMatcher(filters: [
            FilterRule(includes: true, pattern: "*.txt"), FilterRule(includes: false, pattern: "*"),
        ])
        #expect(!isExcluded(strict, "/a.txt"))
        #expect(isExcluded(strict, "/d/a.txt"))
        let open = PathMatcher(filters: [
            FilterRule(includes: true, pattern: "*.txt"), FilterRule(includes: false, pattern: "*.bin"),
        ])
        #expect(!isExcluded(open, "/d/a.txt"))
        #expect(isExcluded(open, "/d/a.bin"))
    }

    @Test("no pattern that can match makes an empty matcher")
    func empty() {
        #expect(PathMatcher().isEmpty)
        #expect(PathMatcher(excludes: ["", "/"]).isEmpty)
        #expect(!PathMatcher(excludes: ["a"]).isEmpty)
    }

    @Test("patterns longer than a machine word, and many of them, match as short ones do")
    func longPatterns() {
        let long = String(repeating: "abcdefghij", count: 20)
        var excludes = (0..<200).map { ByteString("never\($0)*.x?") }
        excludes.append(ByteString(long + "*end"))
        let matcher = PathMatcher(excludes: excludes)
        #expect(isExcluded(matcher, "/d/" + long + "middle-end/f"))
        #expect(!isExcluded(matcher, "/d/" + long + "middle-en"))
        #expect(isExcluded(matcher, "/never77-.xy"))
        #expect(!isExcluded(matcher, "/never77-.x"))
    }

    @Test("many stars against a long name end at once")
    func noExplosion() {
        let stars = ByteString(String(repeating: "a*", count: 30) + "b")
        let matcher = PathMatcher(excludes: [stars, "**a**a**a**a**a**b"])
        let name = String(repeating: "a", count: 4000)
        #expect(!isExcluded(matcher, "/" + name))
        #expect(isExcluded(matcher, "/" + name + "b"))
    }

    @Test("names that are not UTF-8 are compared byte by byte")
    func bytes() {
        let matcher = PathMatcher(excludes: [ByteString([0xff, 0x2a])])
        #expect(matcher.excludes(RelativePath([0x61, 0x2f, 0xff, 0xfe])!, isDirectory: false))
        #expect(!matcher.excludes(RelativePath([0xfe, 0xff])!, isDirectory: false))
    }

    @Test("agrees with a plain recursive matcher on every short text")
    func exhaustive() {
        let patterns = [
            "a", "*a", "a*", "?a", "a/", "/a", "a/a", "**a", "a**b", "*/b", "/*b", "a?b", "*", "**", "**/b", "a/***",
            "[!a]b",
        ]
        var paths = [[UInt8]]()
        func extend(_ path: [UInt8]) {
            if !path.isEmpty, path.last != 0x2f { paths.append(path) }
            guard path.count < 6 else { return }
            for byte in "ab/".utf8 where byte != 0x2f || (path.last ?? 0x2f) != 0x2f { extend(path + [byte]) }
        }
        extend([])
        for pattern in patterns {
            let matcher = PathMatcher(excludes: [ByteString(pattern)])
            for path in paths {
                for isDirectory in [false, true] {
                    let text = [0x2f] + path + (isDirectory ? [0x2f] : [])
                    let expected = plainMatch(Array(pattern.utf8), text)
                    let actual = matcher.excludes(RelativePath(path)!, isDirectory: isDirectory)
                    #expect(actual == expected, "\(pattern) against \(String(decoding: text, as: UTF8.self))")
                }
            }
        }
    }

    /// What rsync(1) says, tried at every place: slow and short. Every parent is asked first, as a directory.
    private func plainMatch(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
        let ends = text.indices.dropFirst().filter { text[$0] == 0x2f } + (text.last == 0x2f ? [] : [text.count])
        return ends.contains { end in matches(pattern, Array(text[..<end]), isDirectory: end < text.count) }
    }

    private func matches(_ pattern: [UInt8], _ text: [UInt8], isDirectory: Bool) -> Bool {
        if pattern.last == 0x2f && !isDirectory { return false }
        let isAnchored = pattern.first == 0x2f
        var body = pattern[...]
        if isAnchored { body = body.dropFirst() }
        if pattern.last == 0x2f { body = body.dropLast() }
        let ending: [UInt8] = isDirectory && pattern.suffix(3) == [0x2a, 0x2a, 0x2a] ? [0x2f] : []
        if pattern.starts(with: [0x2a, 0x2a]), rest(body, (text + ending)[...]) { return true }
        let starts = text.indices.filter { text[$0] == 0x2f && (!isAnchored || $0 == 0) }
        return starts.contains { rest(body, (text[($0 + 1)...] + ending)[...]) }
    }

    private func rest(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        guard let token = pattern.first else { return text.isEmpty }
        if token == 0x2a {
            let stars = pattern.prefix { $0 == 0x2a }.count
            if rest(pattern.dropFirst(stars), text) { return true }
            guard let byte = text.first, stars > 1 || byte != 0x2f else { return false }
            return rest(pattern, text.dropFirst())
        }
        guard let byte = text.first else { return false }
        // The one class of the list above.
        if pattern.starts(with: Array("[!a]".utf8)) {
            return byte != 0x61 && byte != 0x2f && rest(pattern.dropFirst(4), text.dropFirst())
        }
        guard token == byte || (token == 0x3f && byte != 0x2f) else { return false }
        return rest(pattern.dropFirst(), text.dropFirst())
    }

    @Test("a rename is repeated at a target only where nothing that is left out can be moved by it")
    func renames() {
        let file = Change("b", movedFrom: "a")
        let directory = Change("e", isSubtree: true, movedFrom: "d")
        let matcher = PathMatcher(excludes: ["*.keep"])
        #expect(PathMatcher().mayRepeat(file) && PathMatcher().mayRepeat(directory))
        #expect(matcher.mayRepeat(file) && !matcher.mayRepeat(directory))
        #expect(!matcher.mayRepeat(Change("b.keep", movedFrom: "a")))
        #expect(!matcher.mayRepeat(Change("b", movedFrom: "a.keep")))
        #expect(!PathMatcher().mayRepeat(Change("b")))
    }
}
