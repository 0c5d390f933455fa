package import MirrorCore

/// The state of everything for a person at a terminal: a line per target, then what is wrong and what can be done.
package enum StatusTable {
    package static func render(_ snapshot: StatusSnapshot, _ program: ProgramFacts, words: ProblemText) -> ByteString {
        let behind = snapshot.targets.count { !$0.state.isInStep }
        let file = program.configuration.map { ", " + Shown.name($0) } ?? ""
        var text = ByteString("lockstep \(program.version), process \(program.process)") + file
        text += ByteString(", up for \(Shown.duration(program.uptime)): ")
        text +=
            behind == 0
            ? "all targets are in step\n"
            : ByteString("\(behind) of \(Shown.count(snapshot.targets.count, "target", "targets")) not in step\n")
        for source in snapshot.sources where !source.isLive {
            text += "source " + Shown.source(source.path) + " is not watched yet\n"
        }
        text += "\n" + table(snapshot)
        text += problems(snapshot, words)
        return text
    }

    private static func table(_ snapshot: StatusSnapshot) -> ByteString {
        var rows: [[ByteString]] = [["SYNC", "TARGET", "STATE", "OWED", "LAG", "LAST TRANSFER"]]
        for target in snapshot.targets {
            let last = target.lastTransfer.map { "\(Shown.duration(snapshot.moment - $0.ended)) ago" } ?? "-"
            rows.append([
                Shown.name(target.name), target.target.isEmpty ? "-" : Shown.name(target.target),
                ByteString(StatusText.state(target.state, at: snapshot.moment)), ByteString("\(target.pendingCount)"),
                ByteString(target.pendingCount > 0 ? Shown.duration(target.lag) : "-"), ByteString(last),
            ])
        }
        let widths = (0..<rows[0].count).map { column in rows.map { width($0[column]) }.max() ?? 0 }
        var text = ByteString()
        for row in rows {
            var line = ByteString()
            for (column, cell) in row.enumerated() {
                let padding = ByteString([UInt8](repeating: 0x20, count: widths[column] - width(cell)))
                // Numbers stand at the right, so that they can be compared at a glance.
                line += column == 3 ? padding + cell : cell + padding
                line += "  "
            }
            text += ByteString(line.bytes[...(line.bytes.lastIndex { $0 != 0x20 } ?? 0)]) + "\n"
        }
        return text
    }

    /// In characters; a name in a script that is wider than its letters stays as it is.
    private static func width(_ cell: ByteString) -> Int { cell.description.count }

    private static func problems(_ snapshot: StatusSnapshot, _ words: ProblemText) -> ByteString {
        var text = ByteString()
        for problem in snapshot.problems {
            let since = Shown.duration(snapshot.moment - problem.since)
            text += ByteString("\nfor \(since): ") + words.text(for: problem, at: snapshot.moment) + "\n"
        }
        return text
    }
}
