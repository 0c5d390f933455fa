import MirrorCore

/// The same rules, written down the slow and plain way: one list, looked through from its newest event to its oldest,
/// with paths as texts.
struct EventQueueModel {
    struct Item: Equatable {
        var number: Int
        var kind: String
        var from: String
        var to: String?
        var state = "wait"
        var blocker: Int?
    }

    private(set) var items: [Item] = []
    private var last = 0

    // MARK: Paths

    private static func touch(_ left: String, _ right: String) -> Bool {
        let (one, two) = (trimmed(left), trimmed(right))
        return one == two || one.hasPrefix(two + "/") || two.hasPrefix(one + "/")
    }

    private static func trimmed(_ path: String) -> String { path.hasSuffix("/") ? String(path.dropLast()) : path }

    private static func touch(_ item: Item, _ path: String) -> Bool {
        touch(item.from, path) || (item.to.map { touch($0, path) } ?? false)
    }

    private static func isBarrier(_ kind: String) -> Bool { kind == "Init" || kind == "Blanket" }

    private static func isRival(_ old: Item, _ new: Item) -> Bool {
        if isBarrier(new.kind) || new.kind == "Full" || old.kind == "Full" { return false }
        if isBarrier(old.kind) { return true }
        return touch(old, new.from) || (new.to.map { touch(old, $0) } ?? false)
    }

    // MARK: Events

    mutating func add(_ kind: String, _ from: String = "", _ to: String? = nil) {
        let new = Item(number: last + 1, kind: kind, from: from, to: to)
        guard let place = items.lastIndex(where: { Self.isRival($0, new) }) else { return append(new) }
        let old = items[place]
        let isWhole = to == nil || !items.contains { !Self.isBarrier($0.kind) && Self.isRival($0, new) }
        if Self.isBarrier(old.kind), isWhole, to == nil || !items.contains(where: { $0.kind == "Init" }) {
            return append(new, behind: old)
        }
        if let to {
            add("Delete", from)
            return add("Create", to)
        }
        if old.to != nil { return addBesideMove(new, place) }
        let isBusy = old.state == "active" || old.state == "held"
        if isBusy || old.from != new.from { return append(new, behind: old) }
        if old.kind == "Delete", new.kind == "Create", new.from.hasSuffix("/") { return append(new, behind: old) }
        if Self.absorbs(old.kind, new.kind) { return }
        items[place].kind = new.kind
        if old.state == "retry" { putBack(place) }
    }

    private static func absorbs(_ old: String, _ new: String) -> Bool {
        switch old {
        case "Attrib": new == "Attrib"
        case "Modify": new == "Attrib" || new == "Modify"
        case "Create": new != "Delete"
        default: new != "Create"
        }
    }

    private mutating func addBesideMove(_ new: Item, _ place: Int) {
        let old = items[place]
        let isUndone =
            old.state != "active" && old.state != "held" && !Self.touch(old.from, new.from)
            && Self.trimmed(old.to ?? "") == Self.trimmed(new.from) && (new.kind == "Create" || new.kind == "Delete")
        if isUndone {
            items[place].kind = "Delete"
            items[place].to = nil
            if old.state == "retry" { putBack(place) }
        }
        append(new, behind: old)
    }

    private mutating func append(_ new: Item, behind old: Item? = nil) {
        var new = new
        last = new.number
        if let old {
            new.state = "block"
            new.blocker = old.number
        }
        items.append(new)
    }

    /// What failed below a later deletion is dropped.
    mutating func settle() {
        while let failed = items.first(where: isMoot) { remove(failed.number) }
    }

    private func isMoot(_ failed: Item) -> Bool {
        guard failed.state == "retry", failed.to == nil, !Self.isBarrier(failed.kind) else { return false }
        if failed.kind == "Full" { return false }
        return items.contains { item in
            guard item.kind == "Delete", item.number > failed.number else { return false }
            let (above, below) = (Self.trimmed(item.from), Self.trimmed(failed.from))
            return above == below || below.hasPrefix(above + "/")
        }
    }

    // MARK: Ends

    mutating func set(_ number: Int, _ state: String) {
        if let place = items.firstIndex(where: { $0.number == number }) { items[place].state = state }
    }

    mutating func release(_ number: Int) {
        if let place = items.firstIndex(where: { $0.number == number }) { putBack(place) }
    }

    mutating func remove(_ number: Int) {
        items.removeAll { $0.number == number }
        for place in items.indices where items[place].blocker == number && items[place].state == "block" {
            putBack(place)
        }
    }

    private mutating func putBack(_ place: Int) {
        let item = items[place]
        let older = items.first { $0.number < item.number && Self.isRival($0, item) }
        items[place].state = older == nil ? "wait" : "block"
        items[place].blocker = older?.number
    }

    func first(in state: String) -> Int? { items.first { $0.state == state }?.number }

    var text: String {
        items.map { item in
            let to = item.to.map { " " + $0 } ?? ""
            let names = item.from.isEmpty ? "" : " \(item.from)\(to)"
            return "\(item.state) \(item.kind)\(names)"
        }.joined(separator: ", ")
    }
}
