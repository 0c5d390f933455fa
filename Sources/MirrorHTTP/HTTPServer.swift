import MirrorCore
import NIOCore
import NIOHTTP1
import NIOPosix

/// Where a server listens: an address as it is written in numbers, and a port.
package struct HTTPPlace: Sendable, Equatable {
    package var address: String
    package var port: UInt16

    package init(address: String, port: UInt16) {
        self.address = address
        self.port = port
    }
}

/// Every bound of the server; beyond one, the connection ends.
package struct HTTPLimits: Sendable {
    package var connections = 256
    /// Of these, how many may listen to events.
    package var listeners = 32
    /// The request's line and header fields together.
    package var headBytes = 16_384
    /// From the opening, or the last answer, to the end of the next request; and for an answer to be taken.
    package var patience = Int64(10)
    /// Between two attempts to take a port that somebody else has.
    package var betweenAttempts = Int64(5)

    package init() {}
}

/// Whether the server listens. Told when it changes, and again with each further failure.
package enum HTTPListening: Sendable, Equatable {
    case listens
    case fails(errno: Int32)
}

/// Serves a site on a thread of its own.
package final class HTTPServer: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let loop: any EventLoop
    private let place: HTTPPlace
    private let limits: HTTPLimits
    private let site: any HTTPSite
    private let told: @Sendable (HTTPListening) -> Void
    private let hall: NIOLoopBoundBox<HTTPHall>

    package init(
        _ place: HTTPPlace, limits: HTTPLimits = HTTPLimits(), site: any HTTPSite,
        told: @escaping @Sendable (HTTPListening) -> Void
    ) {
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        loop = group.next()
        self.place = place
        self.limits = limits
        self.site = site
        self.told = told
        hall = NIOLoopBoundBox.makeBoxSendingValue(HTTPHall(), eventLoop: loop)
    }

    /// A port that is taken is tried again and again.
    package func start() {
        loop.execute { self.listen() }
        loop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { _ in self.tellEvents() }
    }

    package func close() async {
        try? await loop.submit {
            // Whoever is closed leaves the hall at once.
            for channel in self.hall.value.close() { channel.close(promise: nil) }
        }.get()
        try? await group.shutdownGracefully()
    }

    private func listen() {
        guard !hall.value.isClosed else { return }
        let (hall, site, limits) = (hall, site, limits)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 128)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try HTTPConversation.set(up: channel, in: hall, site: site, limits: limits)
                }
            }
        let opening: EventLoopFuture<any Channel>
        do {
            let address = try SocketAddress(ipAddress: place.address, port: Int(place.port))
            opening = bootstrap.bind(to: address)
        } catch {
            return failed(error)
        }
        opening.hop(to: loop).whenComplete { result in
            switch result {
            case .success(let channel):
                guard !self.hall.value.isClosed else { return channel.close(promise: nil) }
                self.hall.value.listener = channel
                self.told(.listens)
            case .failure(let error): self.failed(error)
            }
        }
    }

    private func failed(_ error: any Error) {
        told(.fails(errno: (error as? IOError)?.errnoCode ?? 22))
        loop.scheduleTask(in: .seconds(limits.betweenAttempts)) { self.listen() }
    }

    private func tellEvents() {
        site.tick()
        guard !hall.value.listeners.isEmpty else { return }
        let bytes = ByteBuffer(bytes: site.event(isFirst: false).bytes)
        for (number, channel) in hall.value.listeners {
            // Whoever does not read misses some, and after a while all.
            if channel.isWritable {
                hall.value.silence[number] = 0
                channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(bytes)), promise: nil)
            } else {
                hall.value.silence[number, default: 0] += 1
                if hall.value.silence[number, default: 0] > limits.patience { channel.close(promise: nil) }
            }
        }
    }
}

/// Who is there. Belongs to the server's thread.
struct HTTPHall {
    var listener: (any Channel)?
    var connections: [UInt64: any Channel] = [:]
    var listeners: [UInt64: any Channel] = [:]
    /// For how many events a listener has not read.
    var silence: [UInt64: Int64] = [:]
    var isClosed = false
    private var last: UInt64 = 0

    mutating func enter(_ channel: any Channel) -> UInt64 {
        last += 1
        connections[last] = channel
        return last
    }

    mutating func leave(_ number: UInt64) {
        connections[number] = nil
        listeners[number] = nil
        silence[number] = nil
    }

    /// Answers who is to be closed.
    mutating func close() -> [any Channel] {
        isClosed = true
        return [listener].compactMap { $0 } + connections.values
    }
}
