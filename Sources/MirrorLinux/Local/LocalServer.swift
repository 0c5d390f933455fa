internal import CLinux
import Glibc
package import MirrorCore

/// Takes requests from programs of this machine, at a socket of the file system.
///
/// `@unchecked Sendable`: everything that changes is touched only on the kernel thread.
package final class LocalServer: @unchecked Sendable {
    /// How long somebody may take to say what is wanted, and to read an answer.
    private static let patience = Duration.seconds(10)
    /// More connections than that at once are closed without an answer.
    private static let connectionLimit = 256

    private final class Connection {
        let socket: Int32
        let peer: LocalPeer
        var request: [UInt8] = []
        var answer: ArraySlice<UInt8>?
        var timer: TimerID?
        var isAsked = false

        init(_ socket: Int32, _ peer: LocalPeer) {
            self.socket = socket
            self.peer = peer
        }
    }

    private let kernel: KernelThread
    private let deliver: @Sendable (LocalNews) -> Void
    private var listener = Int32(-1)
    private var path: ByteString = ""
    private var connections: [LocalConnectionID: Connection] = [:]
    private let isForReaders: Bool
    private var last: UInt64

    /// The numbers of those who may only look; below them are those of the others.
    private static let firstReader: UInt64 = 1 << 62

    /// `deliver` gets the requests on the kernel thread. - Parameter isForReaders: who connects may look, not steer.
    package init(
        kernel: KernelThread, isForReaders: Bool = false, deliver: @escaping @Sendable (LocalNews) -> Void
    ) {
        self.kernel = kernel
        self.deliver = deliver
        self.isForReaders = isForReaders
        last = isForReaders ? Self.firstReader : 0
    }

    /// Whether a connection may be one of this server's; nobody else's number lies there.
    package func owns(_ id: LocalConnectionID) -> Bool { (id.number > Self.firstReader) == isForReaders }

    /// Opens the socket, and takes requests from then on. A socket that nobody listens at any more makes room.
    /// Blocking, once. - Parameter group: may connect too; nil is the owner alone.
    package func open(_ path: ByteString, group: UInt32? = nil) throws(SystemCallError) {
        let mode: UInt32 = group == nil ? 0o600 : 0o660
        let socket = try LocalSocket.near(path) { near throws(SystemCallError) in
            let probe = near.withCPath { cl_local_connect($0) }
            if probe >= 0 {
                Glibc.close(probe)
                throw SystemCallError(call: "bind", path: path, errno: EADDRINUSE)
            }
            if probe == -ECONNREFUSED, isSocket(near) { _ = near.withCPath { unlink($0) } }
            return try checked("bind", path, near.withCPath { cl_local_listen($0, mode) })
        }
        // The umask, usually 022, has taken from the file what the group needs; it gets that with the right group.
        if let group, path.withCPath({ lchown($0, uid_t.max, group) != 0 || chmod($0, mode) != 0 }) {
            let error = SystemCallError(call: "chown", path: path, errno: errno)
            Glibc.close(socket)
            _ = path.withCPath { unlink($0) }
            throw error
        }
        kernel.perform {
            self.listener = socket
            self.path = path
            try? self.kernel.watch(socket) { self.accept() }
        }
    }

    /// connect(2) refuses a file of any other kind with the same errno; such a file stays, and bind says so.
    private func isSocket(_ path: ByteString) -> Bool {
        var facts = stat()
        return path.withCPath { lstat($0, &facts) } == 0 && facts.st_mode & S_IFMT == S_IFSOCK
    }

    /// The connection ends when everything has been read. A connection that is not there any more is nobody's.
    package func answer(_ id: LocalConnectionID, _ answer: ByteString) {
        kernel.perform {
            guard let connection = self.connections[id] else { return }
            connection.answer = answer.bytes[...]
            self.setTimer(id, connection)
            self.write(id, connection)
        }
    }

    /// Nobody is taken any more; who waits is hung up on. The socket's file goes.
    package func close() {
        kernel.perform {
            guard self.listener >= 0 else { return }
            for (id, connection) in self.connections { self.end(id, connection) }
            self.kernel.unwatch(self.listener)
            Glibc.close(self.listener)
            self.listener = -1
            _ = self.path.withCPath { unlink($0) }
        }
    }
}

extension LocalServer {
    private func accept() {
        while true {
            let socket = cl_local_accept(listener)
            guard socket >= 0 else { return }
            var peer = LocalPeer(user: .max, process: 0, mayOnlyLook: isForReaders)
            guard connections.count < Self.connectionLimit, cl_local_peer(socket, &peer.user, &peer.process) == 0
            else {
                Glibc.close(socket)
                continue
            }
            last += 1
            let (id, connection) = (LocalConnectionID(number: last), Connection(socket, peer))
            connections[id] = connection
            setTimer(id, connection)
            wait(id, connection, for: cl_epollin)
        }
    }

    private func wait(_ id: LocalConnectionID, _ connection: Connection, for events: UInt32) {
        kernel.unwatch(connection.socket)
        do throws(SystemCallError) {
            try kernel.watch(connection.socket, for: events) { [unowned self] in
                if connection.answer == nil { read(id, connection) } else { write(id, connection) }
            }
        } catch {
            end(id, connection)
        }
    }

    private func read(_ id: LocalConnectionID, _ connection: Connection) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(connection.socket, &buffer, buffer.count)
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        guard count > 0 else { return end(id, connection) }
        // What follows a request is nobody's.
        guard !connection.isAsked else { return }
        connection.request.append(contentsOf: buffer[..<count])
        guard connection.request.count <= LocalSocket.requestLimit else { return end(id, connection) }
        guard let words = LocalRequest.words(in: connection.request) else { return }
        connection.isAsked = true
        kernel.cancel(connection.timer)
        deliver(.asked(LocalRequest(id: id, words: words, peer: connection.peer)))
    }

    private func write(_ id: LocalConnectionID, _ connection: Connection) {
        while let rest = connection.answer, !rest.isEmpty {
            let count = rest.withUnsafeBytes { cl_local_send(connection.socket, $0.baseAddress, $0.count) }
            if count == -Int(EINTR) { continue }
            if count == -Int(EAGAIN) { return wait(id, connection, for: cl_epollout) }
            guard count > 0 else { break }
            connection.answer = rest.dropFirst(count)
        }
        end(id, connection)
    }

    private func setTimer(_ id: LocalConnectionID, _ connection: Connection) {
        kernel.cancel(connection.timer)
        connection.timer = kernel.schedule(after: Self.patience) { [unowned self] in end(id, connection) }
    }

    private func end(_ id: LocalConnectionID, _ connection: Connection) {
        guard connections.removeValue(forKey: id) != nil else { return }
        kernel.cancel(connection.timer)
        kernel.unwatch(connection.socket)
        Glibc.close(connection.socket)
        if connection.isAsked, connection.answer == nil { deliver(.hungUp(id)) }
    }
}
