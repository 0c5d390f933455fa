package import MirrorCore

/// A full screen of the status, drawn anew from each report: bars for lag, rates from the difference to the last one,
/// and problems with what to do. It fits whatever size the terminal has.
package struct LiveScreen: Sendable {
    package struct Size: Sendable, Equatable {
        package var width: Int
        package var height: Int

        package init(width: Int, height: Int) {
            self.width = max(width, 20)
            self.height = max(height, 6)
        }
    }

    private struct Row {
        var target: StatusLines.Target
        var changes: Double
        var bytes: Double
    }

    private static let barWidth = 16
    /// A bar is full at this lag, or at the largest one that is there.
    private static let fullBar = Duration.seconds(10)

    private let isColored: Bool
    private var last: StatusLines?
    private var rates: [Double] = []

    package init(isColored: Bool) { self.isColored = isColored }

    /// Lines, the first at the top, none wider than the screen, as many as there is room for at most.
    package mutating func frame(_ report: StatusLines, _ size: Size) -> [ByteString] {
        let passed = last.map { report.uptime - $0.uptime } ?? .zero
        let events = report.sources.reduce(0) { $0 + $1.events }
        let before = last?.sources.reduce(0) { $0 + $1.events }
        rates.append(rate(events, before, passed))
        if rates.count > 40 { rates.removeFirst() }
        let isSame = last?.targets.count == report.targets.count
        let rows = report.targets.enumerated().map { index, target in
            let old = isSame ? last?.targets[index] : nil
            return Row(
                target: target, changes: rate(target.changes, old?.changes, passed),
                bytes: rate(target.bytes, old?.bytes, passed))
        }
        last = report
        let head = heading(report, size.width)
        let problems = problemLines(report, size.width)
        let room = size.height - head.count - 3
        let forProblems = min(problems.count, max(room / 2, room - rows.count))
        var lines = head + table(rows, size.width, room: room - forProblems)
        if forProblems > 0 {
            lines.append("")
            lines += problems.prefix(forProblems)
        }
        while lines.count < size.height - 1 { lines.append("") }
        return lines.prefix(size.height - 1) + [styled(cut("q ends", size.width), "2")]
    }

    private func rate(_ now: Int, _ before: Int?, _ passed: Duration) -> Double {
        guard let before, passed > .zero, now >= before else { return 0 }
        return Double(now - before) / passed.inSeconds
    }

    private func heading(_ report: StatusLines, _ width: Int) -> [ByteString] {
        let late = report.targets.count { !$0.isInStep }
        let all = Shown.count(report.targets.count, "target", "targets")
        let verdict = late == 0 ? "\(all) in step" : "\(late) of \(all) not in step"
        let left = report.program.description + ", up for \(Shown.duration(report.uptime))"
        var lines = [styled(cut(left, width), "1")]
        lines.append(styled(cut(verdict, width), late == 0 ? "1;32" : "1;31"))
        let waiting = report.sources.filter { !$0.isLive }.map { "\($0.path) is not watched yet" }
        let flow = "changes noticed \(Self.amount(rates.last ?? 0))/s  \(Self.sparks(rates))"
        lines.append(cut((waiting + [flow]).joined(separator: "  "), width))
        lines.append("")
        return lines
    }

    /// The worst first where not all of them fit.
    private func table(_ rows: [Row], _ width: Int, room: Int) -> [ByteString] {
        var shown = rows
        let room = max(room - 1, 1)
        if rows.count > room {
            shown.sort { ($0.target.lag, $1.target.name) > ($1.target.lag, $0.target.name) }
            shown = Array(shown.prefix(room - 1))
        }
        let longest = max(Self.fullBar, rows.map(\.target.lag).max() ?? .zero)
        let names = min(max(shown.map { $0.target.name.description.count }.max() ?? 4, 4), max(width / 5, 4))
        let places = min(max(shown.map { $0.target.target.description.count }.max() ?? 6, 6), max(width / 3, 6))
        func cells(_ name: String, _ place: String, _ bar: String, _ rest: [String]) -> String {
            let numbers = zip(rest, [9, 9, 10, 10]).map { $0.leading($1) }.joined()
            return [name.filled(names), place.filled(places), bar.filled(Self.barWidth)].joined(separator: "  ")
                + numbers
        }
        var lines = [
            styled(cut(cells("SYNC", "TARGET", "LAG", ["", "OWED", "CHANGES/S", "BYTES/S"]) + "  STATE", width), "2")
        ]
        for row in shown {
            let target = row.target
            let lag = target.lag > .zero ? Shown.duration(target.lag) : "-"
            let line = cells(
                target.name.description, target.target.description, Self.bar(target.lag, of: longest),
                [lag, "\(target.owed)", Self.amount(row.changes), Self.amount(row.bytes)])
            lines.append(styled(cut(line + "  " + target.stateText, width), target.color))
        }
        if shown.count < rows.count { lines.append(cut("… and \(rows.count - shown.count) more", width)) }
        return lines
    }

    private func problemLines(_ report: StatusLines, _ width: Int) -> [ByteString] {
        report.problems.flatMap { problem in
            problem.lines.enumerated().flatMap { index, line in
                wrapped(index == 0 ? "for \(Shown.duration(problem.age)): \(line)" : line.description, width).map {
                    index == 0 ? styled(ByteString($0), "31") : ByteString($0)
                }
            }
        }
    }

    private func wrapped(_ text: String, _ width: Int) -> [String] {
        var rest = Substring(text)
        var lines: [String] = []
        while rest.count > width {
            let part = rest.prefix(width)
            let end = part.lastIndex(of: " ").map { part[..<$0].isEmpty ? part.endIndex : $0 } ?? part.endIndex
            lines.append(String(rest[..<end]))
            rest = rest[end...].drop { $0 == " " }
        }
        return lines + [String(rest)]
    }

    private func cut(_ text: String, _ width: Int) -> ByteString {
        ByteString(text.count <= width ? text : String(text.prefix(width - 1)) + "…")
    }

    private func styled(_ text: ByteString, _ code: String) -> ByteString {
        isColored && !code.isEmpty ? ByteString("\u{1b}[\(code)m") + text + "\u{1b}[0m" : text
    }

    /// The root makes small lags visible beside large ones.
    static func bar(_ lag: Duration, of longest: Duration) -> String {
        let part = (max(lag.inSeconds, 0) / longest.inSeconds).squareRoot()
        let eighths = Int((part * Double(barWidth * 8)).rounded(.up))
        let steps = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
        return String(repeating: "█", count: eighths / 8) + steps[eighths % 8]
    }

    static func sparks(_ values: [Double]) -> String {
        let steps = Array("▁▂▃▄▅▆▇█")
        guard let most = values.max(), most > 0 else { return "" }
        return String(values.map { steps[min(Int($0 / most * 8), 7)] })
    }

    /// Three digits at most, and a letter for thousands.
    static func amount(_ value: Double) -> String {
        var (rest, letters) = (value, ["", "k", "M", "G", "T"][...])
        while rest >= 1000, letters.count > 1 {
            rest /= 1000
            letters.removeFirst()
        }
        let isWhole = rest >= 10 || rest == rest.rounded()
        let number = isWhole ? "\(Int(rest.rounded()))" : "\((rest * 10).rounded() / 10)"
        return number + (letters.first ?? "")
    }
}

extension StatusLines.Target {
    fileprivate var isInStep: Bool { state == "inStep" || state == "isSource" }

    fileprivate var color: String {
        switch state {
        case "inStep", "isSource": "32"
        case "failing", "refused": "31"
        case "paused", "guarded": "33"
        default: "36"
        }
    }
}

extension String {
    fileprivate func filled(_ width: Int) -> String {
        count > width ? prefix(max(width - 1, 0)) + "…" : self + String(repeating: " ", count: width - count)
    }

    fileprivate func leading(_ width: Int) -> String { String(repeating: " ", count: max(width - count, 1)) + self }
}
