import Foundation
import Glibc
import MirrorCore
import MirrorTesting
import Testing

/// Every row of docs/differences.md: shown by both programs over the same configuration, or told why it is not.
@Suite("what is wrong in lsyncd 2.2.3 and right here") struct DefectTests {
    struct Row: Sendable, CustomTestStringConvertible {
        /// How the row begins.
        let row: String
        let proof: Proof
        var testDescription: String { row }

        init(_ row: String, _ proof: Proof) {
            self.row = row
            self.proof = proof
        }
    }

    enum Proof: Sendable {
        case shown(ScriptDefects.Scenario)
        /// No defect: another choice. The test that keeps it.
        case choice(String)
        /// It cannot be shown side by side: why, and the test of lockstep's side.
        case told(String, test: String)
    }

    static let shown = DefectTable.all.filter { if case .shown = $0.proof { true } else { false } }

    @Test(
        "lsyncd shows the defect, lockstep does not",
        .enabled(if: access("/usr/bin/lsyncd", X_OK) == 0, "lsyncd is not installed"),
        .enabled(if: geteuid() == 0, "lsyncd's paths of the field belong to root"), arguments: shown)
    func defect(_ row: Row) async throws {
        guard case .shown(let scenario) = row.proof else { return }
        try await Gate.all.pass {
            // What depends on how lsyncd happens to read the kernel's queue may need another try.
            var theirs = false
            for _ in 0..<3 where !theirs { theirs = try await scenario(try Duel(isLsyncd: true)) }
            #expect(theirs, "lsyncd does not show it: \(row.row)")
            let ours = try await scenario(try Duel(isLsyncd: false))
            #expect(!ours, "lockstep shows it: \(row.row)")
        }
    }

    private static func rows() throws -> [String] {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../docs/differences.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        let cells = text.components(separatedBy: "\n").filter { $0.hasPrefix("| ") }
            .map { $0.dropFirst(2).components(separatedBy: " | ")[0] }
        return cells.filter { $0 != "lsyncd" && $0 != "difference" }
    }

    @Test("every row of the document stands in the table, and every entry of the table in the document")
    func complete() throws {
        let rows = try Self.rows()
        #expect(rows.count > 80)
        for row in rows {
            let entries = DefectTable.all.count { row.hasPrefix($0.row) }
            #expect(entries > 0, "no entry for: \(row)")
        }
        for entry in DefectTable.all {
            #expect(rows.contains { $0.hasPrefix(entry.row) }, "no row begins with: \(entry.row)")
        }
    }

    @Test("what is told of a test names one that exists")
    func tests() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let files = try #require(FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil))
        let names = Set(files.compactMap { ($0 as? URL)?.deletingPathExtension().lastPathComponent })
        for entry in DefectTable.all {
            switch entry.proof {
            case .shown: continue
            case .choice(let test), .told(_, let test):
                let file = String(test.prefix { $0 != "." })
                #expect(names.contains(file), "\(entry.row): there is no \(file)")
            }
        }
    }
}
