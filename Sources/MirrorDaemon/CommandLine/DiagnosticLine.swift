package import MirrorCore
package import MirrorStatus

/// Diagnostics of a configuration as lines of the log, and in the form in which lsyncd tells mistakes.
package enum DiagnosticLine {
    package static func of(_ diagnostic: Diagnostic) -> LogLine {
        let place = diagnostic.place.description
        return LogLine(
            diagnostic.severity == .error ? .error : .warn,
            ByteString(place.isEmpty ? diagnostic.text : "\(place): \(diagnostic.text)"))
    }

    /// For standard error, before anything runs.
    package static func render(_ diagnostics: [Diagnostic]) -> ByteString {
        diagnostics.map { LogFormat.startup(of($0)) }.joined(separator: "")
    }
}
