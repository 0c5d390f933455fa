package import MirrorCore

/// What a status says of the program itself.
package struct ProgramFacts: Sendable, Equatable {
    package var version: String
    package var process: Int
    /// The file of its configuration; nil for `lockstep mirror`.
    package var configuration: ByteString?
    /// Seconds since 1970.
    package var time: Int64
    package var uptime: Duration

    package init(version: String, process: Int, configuration: ByteString?, time: Int64, uptime: Duration) {
        self.version = version
        self.process = process
        self.configuration = configuration
        self.time = time
        self.uptime = uptime
    }
}
