/// A `tunnel{…}`: programs that hold a way to a target open. Syncs may share one.
package struct TunnelSettings: Sendable, Equatable {
    /// Its place among all tunnels of the configuration; the same number is the same tunnel.
    package var number: Int
    package var name: ByteString
    package var command: [ByteString]
    /// Each process gets a free port of this machine in the place of `^localport`; else there is one process.
    package var isPool = false
    package var parallel = 1
    /// What lives for so long counts as up; in a pool also what answers at its port.
    package var readyDelay: Duration = .seconds(5)
    /// After an end before it was up, so long nothing is started.
    package var retryDelay: Duration = .seconds(10)
    package var localHost: ByteString = "localhost"

    package init(number: Int, name: ByteString, command: [ByteString]) {
        self.number = number
        self.name = name
        self.command = command
    }
}

/// How a tunnel stands, for the status file.
package struct TunnelStatus: Sendable, Equatable {
    package enum State: String, Sendable, Equatable {
        case down = "DOWN"
        case connecting = "CONNECTING"
        case up = "UP"
    }

    package struct Process: Sendable, Equatable {
        package var number: Int32
        /// Seconds since 1970.
        package var started: Int64

        package init(number: Int32, started: Int64) {
            self.number = number
            self.started = started
        }
    }

    package var name: ByteString
    package var state: State
    package var processes: [Process]

    package init(name: ByteString, state: State, processes: [Process]) {
        self.name = name
        self.state = state
        self.processes = processes
    }
}
