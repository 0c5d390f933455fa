/// `targets = discover.…{…}` of a sync: its targets are asked for again and again.
package struct DiscoverySettings: Sendable, Equatable {
    package enum Way: Sendable, Equatable {
        /// A file with a target, or a host, on each line.
        case file(ByteString)
        /// A name of the domain name system.
        case dns(ByteString)
        /// A command that prints what a file would hold.
        case exec([ByteString])
    }

    package var way: Way
    /// The sync. Its target is a pattern in which `${host}` and `${port}` stand for what is found; an empty one is
    /// `${host}` alone.
    package var template: SyncSettings
    package var every: Duration

    package init(_ way: Way, template: SyncSettings, every: Duration = .seconds(10)) {
        self.way = way
        self.template = template
        self.every = every
    }

    /// For people.
    package var text: ByteString {
        switch way {
        case .file(let path): path
        case .dns(let name): name
        case .exec(let words): words.map { $0 }.joined(separator: " ")
        }
    }
}
