import Glibc
package import MirrorCore
import MirrorLinux

/// Where programs of this machine find a running one.
package enum ControlSocket {
    /// In the state directory, by process: several programs may share it.
    package static func directory(in stateDirectory: ByteString) -> ByteString { stateDirectory + "/control" }

    static func path(_ settings: Settings) -> ByteString? {
        switch settings.controlSocket {
        case .none: nil
        case .at(let path): path
        case .inStateDirectory:
            directory(in: StateDirectory.of(settings)) + ByteString("/\(getpid())")
        }
    }

    /// Blocking. Answers what a person should know where there is to be a socket and none can be made.
    static func open(_ server: LocalServer, _ settings: Settings) -> String? {
        guard let path = path(settings) else { return nil }
        do throws(SystemCallError) {
            if settings.controlSocket == .inStateDirectory {
                try StateFile.makeDirectory(directory(in: StateDirectory.of(settings)))
            }
            let group = try settings.controlGroup.map { name throws(SystemCallError) in
                try UserDatabase.groupID(of: name)
            }
            try server.open(path, group: group)
            return nil
        } catch {
            return "the control socket cannot be made (\(error.description)); the mirror goes on, and "
                + "lockstep status, flush and the like do not reach it"
        }
    }
}
