import Glibc
import MirrorCore

/// One record of inotify(7).
package struct RawEvent: Equatable {
    package var watch: Int32
    package var mask: UInt32
    package var cookie: UInt32 = 0
    /// Empty where the event is about the watched directory itself.
    package var name: [UInt8]

    func has(_ bits: Int32) -> Bool { mask & UInt32(bitPattern: bits) != 0 }
    var isDirectory: Bool { mask & 0x4000_0000 != 0 }

    var happening: Happening {
        if has(IN_CREATE) { return .created }
        return has(IN_ATTRIB) ? .attributes : .written
    }

    /// Which events a watch asks for. Directories are opened without following links before they are watched, and the
    /// same mask is used for all, since a second mask for the same directory would take the place of the first.
    /// IN_MODIFY is asked for in every mode: what changes without being open (`touch -m`, truncate(2)) says nothing
    /// else; see `Notice.writing`.
    static func mask(for mode: InotifyMode) -> UInt32 {
        var bits =
            IN_ATTRIB | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF
            | IN_MODIFY | IN_ONLYDIR
        if mode != .modify { bits |= IN_CLOSE_WRITE }
        return UInt32(bits)
    }

    /// The kernel never splits a record between two reads; a length that reaches beyond the buffer ends the reading.
    package static func decode(_ buffer: UnsafeRawBufferPointer, into events: inout [RawEvent]) {
        let headerSize = 16
        var offset = 0
        while offset + headerSize <= buffer.count {
            let length = Int(buffer.loadUnaligned(fromByteOffset: offset + 12, as: UInt32.self))
            guard length <= buffer.count - offset - headerSize else { return }
            let name = buffer[(offset + headerSize)..<(offset + headerSize + length)]
            events.append(
                RawEvent(
                    watch: buffer.loadUnaligned(fromByteOffset: offset, as: Int32.self),
                    mask: buffer.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self),
                    cookie: buffer.loadUnaligned(fromByteOffset: offset + 8, as: UInt32.self),
                    name: Array(name.prefix { $0 != 0 })))
            offset += headerSize + length
        }
    }
}
