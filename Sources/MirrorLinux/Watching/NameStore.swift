/// Names of directories, one behind the other. What is given up is room that is lost until they are packed.
struct NameStore {
    /// Where a name lies.
    struct Place {
        var start: UInt32 = 0
        /// Some file systems have names of more than 255 bytes (vfat: 765, FUSE: 1,024).
        var length: UInt16 = 0
    }

    private var bytes: [UInt8] = []
    private var lost = 0

    var size: Int { bytes.count }

    /// Whether more is lost than in use. The owner gives all its names to a new store then.
    var isWorthPacking: Bool { lost > 4096 && lost * 2 > bytes.count }

    subscript(place: Place) -> ArraySlice<UInt8> {
        bytes[Int(place.start)..<Int(place.start) + Int(place.length)]
    }

    mutating func add(_ name: some Collection<UInt8>) -> Place {
        bytes.makeRoom(for: name.count)
        let place = Place(start: UInt32(bytes.count), length: UInt16(name.count))
        bytes.append(contentsOf: name)
        return place
    }

    mutating func drop(_ place: Place) { lost += Int(place.length) }
}

extension Array {
    /// Grows by a quarter where an array by itself doubles: for what is large and stays.
    mutating func makeRoom(for more: Int) {
        guard count + more > capacity else { return }
        reserveCapacity(count + more + count / 4 + 16)
    }
}
