import Foundation

/// One known way to break the core: a place in one of its files, and what stands there instead.
package struct Mutation: Sendable {
    /// What is broken, in a few words.
    package var name: String
    /// Below the checkout.
    package var file: String
    package var original: String
    package var replacement: String

    package struct Unreadable: Error, CustomStringConvertible {
        package var description: String
    }

    /// Reads a table: blocks of `# NAME`, `file PATH`, lines that begin with `-` and `+`, and an empty line.
    package static func table(_ text: String) throws -> [Mutation] {
        try text.components(separatedBy: "\n\n").compactMap { block in
            let lines = block.split(separator: "\n").filter { !$0.hasPrefix("//") }
            guard !lines.isEmpty else { return nil }
            func side(_ sign: String) -> String {
                lines.filter { $0.hasPrefix(sign) }.map { $0.dropFirst() }.joined(separator: "\n")
            }
            guard lines.count > 2, lines[0].hasPrefix("# "), lines[1].hasPrefix("file "), !side("-").isEmpty else {
                throw Unreadable(description: "no mutation: \(block)")
            }
            return Mutation(
                name: String(lines[0].dropFirst(2)), file: String(lines[1].dropFirst(5)), original: side("-"),
                replacement: side("+"))
        }
    }

    /// The broken text; nil where the original does not stand there exactly once.
    package func applied(to text: String) -> String? {
        let parts = text.components(separatedBy: original)
        return parts.count == 2 ? parts.joined(separator: replacement) : nil
    }
}
