import Glibc
import MirrorCore

// Making, writing, renaming, removing.
extension RandomWriter {
    mutating func create(_ path: ByteString) throws {
        try tree.write(path, content())
        known.files.append(path)
    }

    mutating func change(
        _ path: ByteString, _ write: (DirectoryTree, ByteString, ByteString) throws -> Void
    ) throws {
        try write(tree, path, content())
        try noteChange(of: path)
    }

    mutating func changeInPlace(_ deed: Deed) throws {
        let path = try any(known.files)
        let size = try tree.status(path)?.size ?? 0
        switch deed {
        case .patch: try tree.overwrite(path, at: Int.random(in: 0...size, using: &random), content())
        case .truncate: try tree.truncate(path, to: Int.random(in: 0...(size + 100), using: &random))
        default: try tree.writeMapped(path, content())
        }
        try noteChange(of: path)
    }

    mutating func createOther(_ deed: Deed) throws {
        let path = newPath()
        switch deed {
        case .writeUnnamed: try tree.writeUnnamed(path, content())
        case .writeSparse: try tree.writeSparse(path, hole: Int.random(in: 0..<200_000, using: &random), content())
        case .makeFifo: try tree.makeFifo(path)
        // /dev/null and /dev/full: should anybody open one by mistake, nothing comes of it.
        default: try tree.makeDevice(path, major: 1, minor: Bool.random(using: &random) ? 3 : 7)
        }
        if deed == .makeFifo || deed == .makeDevice { known.others.append(path) } else { known.files.append(path) }
    }

    mutating func makeDirectory(_ path: ByteString) throws {
        try tree.makeDirectory(path)
        known.directories.append(path)
        // Often there is content at once: the moment that a watcher is most likely to miss.
        if Bool.random(using: &random) {
            let inner = path + "/" + name()
            try create(inner)
        }
    }

    mutating func deepen() throws {
        var path = newPath()
        for _ in 0..<Int.random(in: 3...12, using: &random) where path.count < 1500 {
            try tree.makeDirectory(path)
            known.directories.append(path)
            path = path + "/" + name()
        }
        try create(path)
    }

    mutating func makeLink(_ path: ByteString) throws {
        let destinations: [ByteString] = ["nowhere", "../..", "/nonexistent/place", "."]
        let destination = Bool.random(using: &random) ? known.files.randomElement(using: &random) : nil
        try tree.makeLink(path, to: destination ?? destinations.randomElement(using: &random) ?? ".")
        known.links.append(path)
    }

    mutating func makeHardLink() throws {
        let existing = try any(known.files)
        let path = newPath()
        try tree.makeHardLink(path, to: existing)
        known.files.append(path)
        known.linked += known.linked.contains(existing) ? [path] : [existing, path]
    }

    mutating func renameFile() throws {
        let old = try any(known.leaves)
        let new = newPath()
        try tree.rename(old, to: new)
        known.replace(old, by: new)
    }

    /// What editors do: a new file under a temporary name, then a rename over the old one.
    mutating func replaceByRename() throws {
        let old = try any(known.files)
        let temporary = newPath()
        try tree.write(temporary, content())
        try tree.rename(temporary, to: old)
        known.unnoticed.remove(old)
        known.linked.removeAll { $0 == old }
    }

    mutating func renameDirectory() throws {
        let old = try anyDirectory()
        let new = newPath()
        guard !new.isAtOrBelow(old) else { throw FixtureError("a directory can't go below itself") }
        try keepShort(old, at: new)
        try tree.rename(old, to: new)
        known.replace(old, by: new)
    }

    /// Nobody can open a path beyond PATH_MAX by its name, rsync among them.
    private func keepShort(_ old: ByteString, at new: ByteString) throws {
        guard known.longest(below: old) - old.count + new.count < 2500 else {
            throw FixtureError("paths would become too long")
        }
    }

    mutating func removeFile() throws {
        let others = known.links + known.others
        let path = try any(others.isEmpty || Int.random(in: 0..<4, using: &random) > 0 ? known.files : others)
        try tree.remove(path)
        known.forget(path)
    }

    mutating func removeTree() throws {
        let path = try deepDirectory()
        try tree.removeAll(path)
        known.forget(path)
    }

    /// The same name becomes something else.
    mutating func changeType() throws {
        let path = try Int.random(in: 0..<4, using: &random) == 0 ? deepDirectory() : any(known.leaves)
        try tree.removeAll(path)
        known.forget(path)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: try create(path)
        case 1: try makeDirectory(path)
        default: try makeLink(path)
        }
    }
}

// Places change.
extension RandomWriter {
    mutating func exchange(_ deed: Deed) throws {
        let first = try deed == .exchangeFiles ? any(known.leaves) : anyDirectory()
        let second = try deed == .exchangeDirectories ? anyDirectory() : any(known.leaves)
        guard !first.isAtOrBelow(second), !second.isAtOrBelow(first) else {
            throw FixtureError("one lies inside the other")
        }
        try keepShort(first, at: second)
        try keepShort(second, at: first)
        try tree.exchange(first, second)
        known.exchange(first, second)
    }

    /// As a deployment does that points "current" somewhere else.
    mutating func linkForDirectory() throws {
        let place = try anyDirectory()
        let new = newPath()
        guard !new.isAtOrBelow(place) else { throw FixtureError("a directory can't go below itself") }
        try keepShort(place, at: new)
        try tree.rename(place, to: new)
        known.replace(place, by: new)
        try tree.makeLink(place, to: Bool.random(using: &random) ? new : "/" + new)
        known.links.append(place)
    }

    mutating func directoryForLink() throws {
        let place = try any(known.links)
        let directory = try anyDirectory()
        guard !place.isAtOrBelow(directory) else { throw FixtureError("a directory can't go below itself") }
        try keepShort(directory, at: place)
        try tree.remove(place)
        known.forget(place)
        try tree.rename(directory, to: place)
        known.replace(directory, by: place)
    }

    mutating func moveOut() throws {
        guard let yard else { throw FixtureError("there is no yard") }
        let path = try Bool.random(using: &random) ? anyDirectory() : any(known.leaves)
        counter += 1
        let name = ByteString("away \(counter)")
        try tree.move(path, to: name, of: yard)
        known.forget(path)
        away.append(name)
        // Nothing tells of what happens to it there.
        if try yard.status(name)?.kind == .directory {
            try yard.write(name + "/" + ByteString("made outside \(counter)"), content())
        }
    }

    mutating func moveIn() throws {
        guard let yard, let name = away.randomElement(using: &random) else { throw FixtureError("nothing is away") }
        let path = newPath()
        guard path.count < 700 else { throw FixtureError("paths would become too long") }
        try yard.move(name, to: path, of: tree)
        away.removeAll { $0 == name }
        try learn(path)
    }
}

// Attributes.
extension RandomWriter {
    mutating func changeAttributes(_ deed: Deed) throws {
        let path = try any(known.files)
        let (number, seconds) = (
            UInt32.random(in: 0..<4, using: &random), Int.random(in: 0..<500_000_000, using: &random)
        )
        let attribute = ByteString("user.lockstep\(number)")
        switch deed {
        case .changeMode:
            try tree.changeMode(path, [0o600, 0o644, 0o755, 0o640, 0o4755].randomElement(using: &random) ?? 0)
        case .changeOwner: try tree.changeOwner(path, user: 1000 + number, group: 1000 + number)
        case .changeGroup: try tree.changeOwner(path, user: 0, group: 1000 + number)
        case .setTime: try tree.setTime(path, seconds: 1_000_000_000 + seconds, nanoseconds: seconds)
        case .setModified: try tree.setModified(path, seconds: 1_000_000_000 + seconds, nanoseconds: seconds)
        case .setAttribute: try tree.setAttribute(path, attribute, content().prefix(200))
        case .removeAttribute: try tree.removeAttribute(path, attribute)
        default: try tree.setAccess(path, users: [(2000 + number, UInt16(seconds % 8)), (3000, 4)])
        }
        let wasUnnoticed = known.unnoticed.contains(path)
        try noteChange(of: path)
        // It is noticed now, but with the size and perhaps the second that it had before: to rsync nothing was written.
        if wasUnnoticed, deed != .setTime, deed != .setModified { known.unnoticed.insert(path) }
    }

    mutating func changeDirectory(_ deed: Deed) throws {
        let path = try anyDirectory()
        let seconds = Int.random(in: 0..<500_000_000, using: &random)
        switch deed {
        case .changeDirectoryMode:
            try tree.changeMode(path, [0o700, 0o755, 0o775, 0o1777, 0o2755].randomElement(using: &random) ?? 0o755)
        case .setDirectoryTime: try tree.setTime(path, seconds: 1_000_000_000 + seconds)
        default: try tree.setAccess(path, users: [(2000, UInt16(seconds % 8))], isDefault: true)
        }
    }
}

extension ByteString {
    fileprivate func prefix(_ count: Int) -> ByteString { ByteString(Array(bytes.prefix(count))) }
}
