import Glibc
import MirrorCore

/// The few looks at the file system that loading a configuration needs. Relative paths mean one given directory, also
/// where the process has another one by now.
struct FileAccess {
    let workingDirectory: ByteString

    func absolute(_ path: ByteString) -> ByteString {
        if path.hasPrefix("/") { return path }
        return workingDirectory.hasSuffix("/") ? workingDirectory + path : workingDirectory + "/" + path
    }

    /// The real path of a directory, with a slash at the end as lsyncd hands it to scripts; nil where there is none.
    func realDirectory(_ path: ByteString) -> ByteString? {
        guard isDirectory(path), let real = realPath(path) else { return nil }
        return real.hasSuffix("/") ? real : real + "/"
    }

    func realPath(_ path: ByteString) -> ByteString? {
        withCPath(path) { name in
            guard let found = realpath(name, nil) else { return nil }
            defer { free(found) }
            return ByteString(UnsafeRawBufferPointer(start: found, count: strlen(found)))
        }
    }

    func exists(_ path: ByteString) -> Bool { mode(of: path) != nil }

    func isDirectory(_ path: ByteString) -> Bool {
        mode(of: path).map { $0 & S_IFMT == S_IFDIR } ?? false
    }

    private func mode(of path: ByteString) -> mode_t? {
        withCPath(path) { name in
            var information = stat()
            return stat(name, &information) == 0 ? information.st_mode : nil
        }
    }

    /// More than any file of settings or patterns has; /dev/zero has no end.
    private static let longest = 64 << 20

    /// Nil where it cannot be read, or is longer than a file of people's words can be.
    func content(of path: ByteString) -> [UInt8]? {
        withCPath(path) { name in
            guard !isDirectory(path), let file = fopen(name, "re") else { return nil }
            defer { fclose(file) }
            var content: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = fread(&buffer, 1, buffer.count, file)
                if count == 0 { return ferror(file) == 0 ? content : nil }
                if content.count + count > Self.longest { return nil }
                content.append(contentsOf: buffer[..<count])
            }
        }
    }

    func entries(of path: ByteString) -> [(name: ByteString, isDirectory: Bool)]? {
        withCPath(path) { name -> [(name: ByteString, isDirectory: Bool)]? in
            guard let directory = opendir(name) else { return nil }
            defer { closedir(directory) }
            var entries: [(name: ByteString, isDirectory: Bool)] = []
            while let entry = readdir(directory) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) { ByteString($0.prefix { $0 != 0 }) }
                if name == "." || name == ".." { continue }
                let isDirectory =
                    entry.pointee.d_type == UInt8(DT_DIR)
                    || (entry.pointee.d_type == UInt8(DT_UNKNOWN) && isPlainDirectory(path + "/" + name))
                entries.append((name, isDirectory))
            }
            return entries.sorted { $0.name < $1.name }
        }
    }

    private func isPlainDirectory(_ path: ByteString) -> Bool {
        withCPath(path) { name in
            var information = stat()
            return lstat(name, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
        }
    }

    private func withCPath<Result>(_ path: ByteString, _ body: (UnsafePointer<CChar>) -> Result) -> Result {
        (absolute(path).bytes + [0]).withUnsafeBytes { body($0.baseAddress!.assumingMemoryBound(to: CChar.self)) }
    }
}
