import MirrorCore

/// One event of fanotify(7), from a group that reports directories by handle, and names. The kernel joins events that
/// are about the same name, so the mask says what happened, but not in which order.
package struct FanotifyEvent: Equatable {
    package struct Name: Equatable {
        package var directory: DirectoryHandle
        /// "." where the event is about the directory itself.
        package var name: [UInt8]
    }

    package var mask: UInt64
    /// Of a rename, the old one; nil where it is not reported.
    package var name: Name?
    /// Of a rename.
    package var newName: Name?
    /// The file or directory that the name means.
    package var target: DirectoryHandle?

    func has(_ bits: UInt64) -> Bool { mask & bits != 0 }
    var isDirectory: Bool { has(Mask.onDirectory) }

    /// The numbers of linux/fanotify.h.
    enum Mask {
        static let modify: UInt64 = 0x2
        static let attributes: UInt64 = 0x4
        static let closeWrite: UInt64 = 0x8
        static let create: UInt64 = 0x100
        static let delete: UInt64 = 0x200
        static let deleteSelf: UInt64 = 0x400
        static let moveSelf: UInt64 = 0x800
        static let overflow: UInt64 = 0x4000
        static let rename: UInt64 = 0x1000_0000
        static let onDirectory: UInt64 = 0x4000_0000
    }

    private enum Record {
        static let target: UInt8 = 1
        static let name: UInt8 = 2
        static let oldName: UInt8 = 10
        static let newName: UInt8 = 12
    }

    private static let headerSize = 24
    private static let version: UInt8 = 3

    /// The kernel never splits an event between two reads; whatever does not hold together ends the reading. False:
    /// that was so, and events may be missing.
    @discardableResult
    package static func decode(_ buffer: UnsafeRawBufferPointer, into events: inout [FanotifyEvent]) -> Bool {
        var offset = 0
        while offset < buffer.count {
            guard offset + headerSize <= buffer.count else { return false }
            let length = Int(buffer.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            let start = Int(buffer.loadUnaligned(fromByteOffset: offset + 6, as: UInt16.self))
            guard buffer[offset + 4] == version, start >= headerSize, length >= start, offset + length <= buffer.count
            else { return false }
            var event = FanotifyEvent(mask: buffer.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
            let records = UnsafeRawBufferPointer(rebasing: buffer[(offset + start)..<(offset + length)])
            guard event.take(records) else { return false }
            events.append(event)
            offset += length
        }
        return true
    }

    private mutating func take(_ records: UnsafeRawBufferPointer) -> Bool {
        var offset = 0
        while offset + 4 <= records.count {
            let length = Int(records.loadUnaligned(fromByteOffset: offset + 2, as: UInt16.self))
            guard length >= 4, offset + length <= records.count else { return false }
            let type = records[offset]
            let record = UnsafeRawBufferPointer(rebasing: records[offset..<(offset + length)])
            switch type {
            case Record.target, Record.name, Record.oldName, Record.newName:
                guard take(record, as: type) else { return false }
            default: break
            }
            offset += length
        }
        return true
    }

    /// 4 bytes of header, 8 of the file system, the handle's length and type, the handle, and a name with its zero.
    private mutating func take(_ record: UnsafeRawBufferPointer, as type: UInt8) -> Bool {
        guard record.count >= 20 else { return false }
        let length = Int(record.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
        guard length <= DirectoryHandle.longest, 20 + length <= record.count else { return false }
        let handle = DirectoryHandle(
            fileSystem: record.loadUnaligned(fromByteOffset: 4, as: UInt64.self),
            type: record.loadUnaligned(fromByteOffset: 16, as: Int32.self),
            bytes: UnsafeRawBufferPointer(rebasing: record[20..<(20 + length)]))
        guard type != Record.target else {
            target = handle
            return true
        }
        let rest = record[(20 + length)...]
        let text = Array(rest.prefix { $0 != 0 })
        // A name ends, is never empty, and stands in one directory.
        guard text.count < rest.count, !text.isEmpty, !text.contains(UInt8(ascii: "/")), text != Array("..".utf8)
        else { return false }
        let name = Name(directory: handle, name: text)
        if type == Record.newName { newName = name } else { self.name = name }
        return true
    }
}
