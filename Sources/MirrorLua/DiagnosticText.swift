package import MirrorCore

/// The form in which people and editors read diagnostics.
package enum DiagnosticText {
    /// `FILE:LINE: error: …`; without a line `FILE: error: …`, and for the command line just `error: …`.
    package static func render(_ diagnostic: Diagnostic) -> String {
        let word =
            switch diagnostic.severity {
            case .warning: "warning"
            case .error: "error"
            }
        let place = diagnostic.place.file.isEmpty ? "" : "\(diagnostic.place): "
        return "\(place)\(word): \(diagnostic.text)"
    }
}
