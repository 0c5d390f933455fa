/// One thing wrong (or questionable) in a configuration, with the words a person can act on.
package struct Diagnostic: Sendable, Equatable {
    package enum Severity: Sendable, Equatable { case warning, error }

    package var severity: Severity
    package var place: Place
    /// One or more sentences: what is wrong, and the cure.
    package var text: String

    package init(_ severity: Severity, at place: Place, _ text: String) {
        self.severity = severity
        self.place = place
        self.text = text
    }
}

/// Why a configuration does not load: everything that is wrong with it, in the order of the file.
package struct ConfigurationError: Error, Equatable {
    package var diagnostics: [Diagnostic]

    package init(_ diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }
}
