import Glibc
package import MirrorCore
import MirrorLinux

/// Where programs of this machine find a running one.
package enum ControlSocket {
    /// In the state directory, by process: several programs may share it.
    package static func directory(in stateDirectory: ByteString) -> ByteString { stateDirectory + "/control" }

    /// The socket beside another one for those who may look and not steer.
    package static func forReaders(_ socket: ByteString) -> ByteString { socket + readers }
    /// nil for the name of a socket for readers.
    package static func process(ofName name: ByteString) -> ByteString? { name.hasSuffix(readers) ? nil : name }
    private static let readers: ByteString = ".readers"

    static func path(_ settings: Settings) -> ByteString? {
        switch settings.controlSocket {
        case .none: nil
        case .at(let path): path
        case .inStateDirectory:
            directory(in: StateDirectory.of(settings)) + ByteString("/\(getpid())")
        }
    }
}

/// The sockets of a running program: one for those who steer, and where the settings name a group of readers, another
/// one for these.
struct ControlServers {
    private let steering: LocalServer
    private let readers: LocalServer

    init(kernel: KernelThread, inbox: Inbox) {
        steering = LocalServer(kernel: kernel) { inbox.post($0) }
        readers = LocalServer(kernel: kernel, isForReaders: true) { inbox.post($0) }
    }

    /// Blocking. Answers what a person should know where there is to be a socket and none can be made.
    func open(_ settings: Settings) -> [String] {
        guard let path = ControlSocket.path(settings) else { return [] }
        let group = settings.controlGroup
        var remarks = [
            Self.remark("the control socket", "lockstep status, flush and the like do not reach it") {
                () throws(SystemCallError) in
                if settings.controlSocket == .inStateDirectory {
                    try StateFile.makeDirectory(ControlSocket.directory(in: StateDirectory.of(settings)))
                }
                try steering.open(path, group: try group.map(Self.number))
            }
        ]
        if let group = settings.controlReaders {
            remarks.append(
                Self.remark("the socket of controlReaders", "its members can't look") { () throws(SystemCallError) in
                    try readers.open(ControlSocket.forReaders(path), group: try Self.number(of: group))
                })
        }
        return remarks.compactMap { $0 }
    }

    private static func number(of group: ByteString) throws(SystemCallError) -> UInt32 {
        try UserDatabase.groupID(of: group)
    }

    private static func remark(
        _ what: String, _ loss: String, _ open: () throws(SystemCallError) -> Void
    ) -> String? {
        do throws(SystemCallError) {
            try open()
            return nil
        } catch {
            return "\(what) cannot be made (\(error.description)); the mirror goes on, and \(loss)"
        }
    }

    func answer(_ id: LocalConnectionID, _ answer: ByteString) {
        (readers.owns(id) ? readers : steering).answer(id, answer)
    }

    func close() {
        steering.close()
        readers.close()
    }
}
