import MirrorCore

/// Everything wrong or questionable in one configuration, gathered while it is read.
final class Findings {
    private var found: [Diagnostic] = []
    private var told: Set<String> = []
    /// What Lua itself refused: the last word, wherever it stands.
    private var last: [Diagnostic] = []

    func error(_ place: Place, _ text: String) { add(Diagnostic(.error, at: place, text)) }
    func warn(_ place: Place, _ text: String) { add(Diagnostic(.warning, at: place, text)) }
    func end(_ place: Place, _ text: String) { last.append(Diagnostic(.error, at: place, text)) }

    /// A loop makes the same mistake once per turn; it is told once.
    private func add(_ diagnostic: Diagnostic) {
        let text = DiagnosticText.render(diagnostic)
        if told.insert(text).inserted { found.append(diagnostic) }
    }

    var hasErrors: Bool { all.contains { $0.severity == .error } }
    var hasEnded: Bool { !last.isEmpty }

    /// In the order of the file; a second file follows the first.
    var all: [Diagnostic] {
        var order: [ByteString: Int] = [:]
        for diagnostic in found where order[diagnostic.place.file] == nil {
            order[diagnostic.place.file] = order.count
        }
        let sorted = found.enumerated().sorted { left, right in
            let (leftPlace, rightPlace) = (left.element.place, right.element.place)
            let leftKey = (order[leftPlace.file] ?? 0, leftPlace.line, left.offset)
            return leftKey < (order[rightPlace.file] ?? 0, rightPlace.line, right.offset)
        }
        return sorted.map(\.element) + last
    }
}

/// What a value is called and where it stands, for messages about it. The place is looked for only when it is needed.
struct Subject {
    let name: String
    private let find: () -> Place

    init(name: String, place: @escaping @autoclosure () -> Place) {
        self.name = name
        find = place
    }

    var place: Place { find() }
}
