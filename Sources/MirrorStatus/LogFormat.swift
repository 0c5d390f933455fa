package import MirrorCore

/// lsyncd's three ways to write a message; scripts in the field read the first.
package enum LogFormat {
    /// `Sun Nov 22 18:24:48 2026 Normal: text`, with the line break.
    package static func file(_ line: LogLine, at time: WallTime) -> ByteString {
        ByteString("\(time.dayAndTime) \(line.category.name): ") + line.text + "\n"
    }

    /// `18:24:48 Normal: text`, with the line break.
    package static func console(_ line: LogLine, at time: WallTime) -> ByteString {
        ByteString("\(time.timeOfDay) \(line.category.name): ") + line.text + "\n"
    }

    /// One JSON object, with the line break. `seconds` since 1970.
    package static func json(_ line: LogLine, seconds: Int64) -> ByteString {
        let fields: [(String, JSONText)] = [
            ("time", .integer(Int(seconds))), ("category", .text(line.category.name)), ("text", .text(line.text)),
        ]
        return JSONText.object(fields).rendered + "\n"
    }

    /// Before anything runs, a message has no time: `Error: text`, with the line break.
    package static func startup(_ line: LogLine) -> ByteString {
        ByteString("\(line.category.name): ") + line.text + "\n"
    }

    /// `Normal, text`, with the priority of syslog(3) that lsyncd gives it.
    package static func syslog(_ line: LogLine) -> (priority: Int32, text: ByteString) {
        (priority(of: line.category), ByteString("\(line.category.name), ") + line.text)
    }

    /// Fields of the journal (systemd.journal-fields(7)). The text is that of other logs without the time, which the
    /// journal has by itself.
    package static func journal(_ line: LogLine, by name: ByteString) -> [(name: String, value: ByteString)] {
        let text = line.category == .output ? line.text : ByteString("\(line.category.name): ") + line.text
        return [
            ("MESSAGE", text), ("PRIORITY", ByteString("\(priority(of: line.category))")),
            ("SYSLOG_IDENTIFIER", name), ("LOCKSTEP_CATEGORY", ByteString(line.category.name)),
        ]
    }

    /// The numbers of syslog(3): 3 is LOG_ERR, 4 LOG_WARNING, 5 LOG_NOTICE, 7 LOG_DEBUG.
    private static func priority(of category: LogCategory) -> Int32 {
        switch category {
        case .error: 3
        case .warn: 4
        case .output: 6
        case .exec, .debug: 7
        default: 5
        }
    }
}
