import MirrorCore
import MirrorStatus
import MirrorTransfer

/// A sync as it would be with another target: what a target that joins at run time is made of.
struct Retargeting: Sendable {
    struct Mistake: Error {
        let text: ByteString
    }

    let sync: SyncSettings

    /// Whoever names a target here may not have thought of all that a configuration is checked for, so this is strict.
    func sync(for written: ByteString) throws(Mistake) -> SyncSettings {
        try checkText(written)
        guard sync.script == nil else { throw mistake(written, "its sync has functions of its own") }
        guard sync.tunnel == nil else { throw mistake(written, "its sync has a tunnel, which leads to one place") }
        let target = written.hasSuffix("/") || written.hasSuffix(":") ? written : written + "/"
        let address = TargetAddress(target)
        if case .local(let path) = address {
            guard path.hasPrefix("/") else { throw mistake(written, "a directory is a path from the root") }
            guard path.bytes.contains(where: { $0 != UInt8(ascii: "/") }) else {
                throw mistake(written, "what the source does not have would be deleted from the root directory")
            }
        }
        var made = sync
        made.target = target
        made.comparesAtStart = true
        made.standing = .member
        made.transfer = try transfer(address, written)
        return made
    }

    private func checkText(_ written: ByteString) throws(Mistake) {
        guard !written.isEmpty, written.bytes.count <= 4096 else { throw mistake(written, "it is empty or too long") }
        guard !written.bytes.contains(where: { $0 < 0x20 || $0 == 0x7f }) else {
            throw mistake(written, "it holds a line end, a zero byte or another control character")
        }
        guard !written.hasPrefix("-"), !written.hasPrefix("@") else {
            throw mistake(written, "a name of a host can't begin so")
        }
        guard written.bytes.first != UInt8(ascii: " "), written.bytes.last != UInt8(ascii: " ") else {
            throw mistake(written, "it begins or ends with a blank")
        }
    }

    private func transfer(_ address: TargetAddress, _ written: ByteString) throws(Mistake) -> TransferSettings {
        switch (sync.transfer, address) {
        case (.direct, .local), (.rsync, _), (.stream, .local), (.stream, .shell): break
        case (.direct, _): throw mistake(written, "default.direct copies into a directory of this machine")
        case (.stream, .daemon): throw mistake(written, "default.stream needs a directory or host:directory")
        case (.rsyncssh(let rsync, let old), .shell(let host, let path)):
            var ssh = old
            (ssh.host, ssh.targetDirectory) = (host, path)
            return .rsyncssh(rsync, ssh)
        case (.rsyncssh, _): throw mistake(written, "default.rsyncssh needs host:directory")
        }
        if case .shell(let host, _) = address, host.hasPrefix("-") || host.isEmpty || host.bytes.contains(0x20) {
            throw mistake(written, "a name of a host can't be like that")
        }
        return sync.transfer
    }

    private func mistake(_ written: ByteString, _ cause: String) -> Mistake {
        Mistake(
            text: "\"" + Shown.name(ByteString(written.bytes.prefix(200))) + ByteString("\" is no target: \(cause)"))
    }
}
