import Foundation

/// The tree that the tests stand in, as text.
enum Tree {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Every file below the named folders, sorted, with the path from the root.
    static func files(below folders: [String], endingIn endings: [String] = [""]) -> [SourceFile] {
        folders.flatMap { folder -> [SourceFile] in
            let start = root.appendingPathComponent(folder)
            let names = FileManager.default.enumerator(atPath: start.path)?.compactMap { $0 as? String } ?? []
            return names.sorted().filter { name in endings.contains { name.hasSuffix($0) } }
                .compactMap { SourceFile(path: folder + "/" + $0) }
        }
    }

    static let sources = files(below: ["Sources"], endingIn: [".swift"])
    static let tests = files(below: ["Tests"], endingIn: [".swift"])

    /// What a reader of the project gets to see beside the code.
    static var documents: [SourceFile] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
        return names.sorted().compactMap { SourceFile(path: $0) }
            + files(below: ["docs", "man", "script", ".ci", "examples", "Benchmarks"])
    }
}

struct SourceFile {
    let path: String
    let lines: [String]

    /// nil for what is no text file.
    init?(path: String) {
        let url = Tree.root.appendingPathComponent(path)
        guard let text = try? String(contentsOf: url, encoding: .utf8) else { return nil }
        self.init(path: path, text: text)
    }

    init(path: String, text: String) {
        self.path = path
        self.lines = text.components(separatedBy: "\n")
    }

    /// `Sources/NAME/…` is of module NAME.
    var module: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }

    /// The lines without comments and without what stands in quotes, for rules about code.
    var code: [String] {
        var isInText = false
        return lines.map { line in
            let wasInText = isInText
            if line.components(separatedBy: "\"\"\"").count % 2 == 0 { isInText.toggle() }
            return wasInText ? "" : Self.code(of: line)
        }
    }

    private static func code(of line: String) -> String {
        var kept = ""
        var isQuoted = false
        var previous: Character = " "
        for character in line {
            if character == "\"" && previous != "\\" { isQuoted.toggle() }
            if !isQuoted { kept.append(character) }
            if kept.hasSuffix("//") { return String(kept.dropLast(2)) }
            previous = previous == "\\" ? " " : character
        }
        return kept
    }

    /// `path:line` for every line of code that holds the pattern.
    func places(of pattern: String) throws -> [String] {
        let pattern = try Regex(pattern)
        return code.enumerated().filter { $0.element.contains(pattern) }.map { "\(path):\($0.offset + 1)" }
    }

    /// Functions, initialisers and computed properties with the number of their lines, to the closing brace.
    var bodies: [(place: String, length: Int)] {
        let code = code
        let start =
            #/
            ^\s* (@\w+(\(.*\))?\s+)*
            ((package|private|fileprivate|static|mutating|consuming|borrowing|nonisolated|final|lazy)(\(\w+\))?\s+)*
            (func\s | init[?(<] | subscript | deinit | var\s.*\{\s*$)
            /#
        return code.indices.compactMap { index in
            guard code[index].contains(start), let end = Self.end(of: index, in: code) else { return nil }
            return ("\(path):\(index + 1)", end - index + 1)
        }
    }

    private static func end(of start: Int, in code: [String]) -> Int? {
        var depth = 0
        var isOpen = false
        for index in start..<code.count {
            for character in code[index] where character == "{" || character == "}" {
                depth += character == "{" ? 1 : -1
                isOpen = true
            }
            if isOpen && depth <= 0 { return index }
        }
        return nil
    }
}
