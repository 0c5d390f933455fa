/// Hours in which nothing is sent, of every day or of some, on the clock at the wall: `22:00-06:00`,
/// `mon-fri 08:00-18:00`, `sat,sun`.
package struct PauseTime: Sendable, Equatable {
    /// As written.
    package let text: ByteString
    /// On which days it begins; Sunday is the lowest bit.
    private var days: UInt8 = 0x7f
    /// Minutes of the day. An end that is not after the beginning is one of the day after.
    private var (begin, end) = (0, PauseTime.minutesOfDay)

    /// Why a text is none, in words for a person.
    package struct Mistake: Error, Equatable {
        package var text: String
    }

    private static let minutesOfDay = 24 * 60
    private static let names = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
    /// What comes in a week, comes in the next one too.
    private static let farthest: Int64 = 8 * 86_400

    package init(_ text: ByteString) throws(Mistake) {
        self.text = text
        let fields = text.description.lowercased().split { $0 == " " || $0 == "\t" }.map(String.init)
        guard !fields.isEmpty, fields.count <= 2 else { throw Self.form }
        if fields.count == 2 || !fields[0].contains(":") { days = try Self.days(fields[0]) }
        if let hours = fields.last, fields.count == 2 || hours.contains(":") { (begin, end) = try Self.hours(hours) }
    }

    private static let form = Mistake(text: "it is hours, days, or days and hours: \"mon-fri 08:00-18:00\"")

    private static func days(_ text: String) throws(Mistake) -> UInt8 {
        var days: UInt8 = 0
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
            guard var day = names.firstIndex(of: String(ends[0])), let last = names.firstIndex(of: String(ends.last!))
            else { throw Mistake(text: "\"\(part)\" is no day; they are \(names.joined(separator: ", "))") }
            days |= 1 << UInt8(day)
            while day != last {
                day = (day + 1) % 7
                days |= 1 << UInt8(day)
            }
        }
        return days
    }

    private static func hours(_ text: String) throws(Mistake) -> (Int, Int) {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let begin = minute(ends[0]), let end = minute(ends[1]), begin < minutesOfDay else {
            throw Mistake(text: "\"\(text)\" is no span of hours such as 22:00-06:00")
        }
        guard begin != end else { throw Mistake(text: "\"\(text)\" ends when it begins; a whole day needs no hours") }
        return (begin, end)
    }

    private static func minute(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ (1...2).contains($0.count) && $0.allSatisfy(\.isNumber) }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), minute < 60, hour * 60 + minute <= minutesOfDay
        else { return nil }
        return hour * 60 + minute
    }

    package func contains(_ time: CronRule.LocalTime) -> Bool {
        let minute = time.hour * 60 + time.minute
        if begin < end { return isOf(time.weekday) && begin <= minute && minute < end }
        return isOf(time.weekday) && minute >= begin || isOf((time.weekday + 6) % 7) && minute < end
    }

    private func isOf(_ weekday: Int) -> Bool { days & 1 << UInt8(weekday) != 0 }

    /// The first second (since 1970) from `now` on that lies in none of them; nil where there is none.
    package static func end(of times: [PauseTime], from now: Int64, local: (Int64) -> CronRule.LocalTime) -> Int64? {
        var moment = now
        while moment < now + farthest {
            let time = local(moment)
            guard times.contains(where: { $0.contains(time) }) else { return moment }
            moment += Int64(60 - time.second)
        }
        return nil
    }
}
