import MirrorCore
import MirrorDaemon
import MirrorLua

/// The exit codes of lockstep's own commands, from sysexits(3), and lsyncd's; with each goes a form for mistakes.
struct ExitCodes: Sendable {
    static let usage: Int32 = 64

    let configuration: Int32
    let cannotStart: Int32
    private let isLsyncd: Bool

    static let own = ExitCodes(configuration: 78, cannotStart: 69, isLsyncd: false)
    static let lsyncd = ExitCodes(configuration: 255, cannotStart: 255, isLsyncd: true)

    /// Mistakes of a configuration: for editors and people, or as `Error: …` the way lsyncd tells them.
    func render(_ diagnostics: [Diagnostic]) -> ByteString {
        if isLsyncd { return DiagnosticLine.render(diagnostics) }
        return diagnostics.map { ByteString(DiagnosticText.render($0) + "\n") }.joined(separator: "")
    }
}
