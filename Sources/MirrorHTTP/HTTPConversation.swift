import MirrorCore
import NIOCore
import NIOHTTP1

/// One connection: a request, its answer, and again. Everything happens on the server's thread.
final class HTTPConversation: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let hall: NIOLoopBoundBox<HTTPHall>
    private let site: any HTTPSite
    private let limits: HTTPLimits
    private let number: UInt64
    private var head: HTTPRequestHead?
    private var bodyBytes = 0
    private var patience: Scheduled<Void>?

    private init(_ number: UInt64, in hall: NIOLoopBoundBox<HTTPHall>, site: any HTTPSite, limits: HTTPLimits) {
        self.number = number
        self.hall = hall
        self.site = site
        self.limits = limits
    }

    /// One connection more than the hall holds is closed at once.
    static func set(
        up channel: any Channel, in hall: NIOLoopBoundBox<HTTPHall>, site: any HTTPSite, limits: HTTPLimits
    ) throws {
        guard !hall.value.isClosed, hall.value.connections.count < limits.connections else {
            channel.close(promise: nil)
            return
        }
        let number = hall.value.enter(channel)
        var decoding = NIOHTTPDecoderLimitConfiguration()
        decoding.maxHeaderFieldSize = limits.headBytes
        decoding.maxHeaderListSize = limits.headBytes
        decoding.maxHeaderFieldCount = 100
        let pipeline = channel.pipeline.syncOperations
        try pipeline.configureHTTPServerPipeline(
            withErrorHandling: true, withEncoderConfiguration: .init(), withDecoderLimitConfiguration: decoding)
        try pipeline.addHandler(HTTPConversation(number, in: hall, site: site, limits: limits))
    }

    func channelActive(context: ChannelHandlerContext) {
        restart(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        patience?.cancel()
        hall.value.leave(number)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            bodyBytes = 0
        case .body(let part):
            // Nothing here takes a body; a short one is passed over.
            bodyBytes += part.readableBytes
            if bodyBytes > limits.headBytes { context.close(promise: nil) }
        case .end:
            guard let head else { return }
            self.head = nil
            answer(head, context)
        }
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        var fields: [String: String] = [:]
        for (name, value) in head.headers { fields[name.lowercased()] = value }
        let method: HTTPRequest.Method =
            switch head.method {
            case .GET: .get
            case .HEAD: .head
            default: .other
            }
        guard head.uri.utf8.count <= limits.headBytes,
            let request = HTTPRequest(method: method, target: head.uri, fields: fields)
        else { return send(.text(400, "this is no address\n"), head, context) }
        switch site.reply(to: request) {
        case .answer(let answer): send(answer, head, context)
        case .events: beginEvents(head, context)
        case .later(let ask):
            restart(context)
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            let loop = context.eventLoop
            ask { answer in
                loop.execute {
                    let (conversation, context) = bound.value
                    conversation.send(answer(), head, context)
                }
            }
        }
    }

    private func send(_ answer: HTTPAnswer, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        restart(context)
        var headers = HTTPHeaders([
            ("Content-Type", answer.type), ("Content-Length", "\(answer.body.count)"),
            ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
        ])
        for (name, value) in answer.fields.sorted(by: { $0.key < $1.key }) { headers.add(name: name, value: value) }
        if !head.isKeepAlive { headers.add(name: "Connection", value: "close") }
        let status = HTTPResponseStatus(statusCode: answer.status)
        let part = HTTPResponseHead(version: head.version, status: status, headers: headers)
        context.write(wrapOutboundOut(.head(part)), promise: nil)
        if head.method != .HEAD {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body.bytes)))), promise: nil)
        }
        let end = context.eventLoop.makePromise(of: Void.self)
        if !head.isKeepAlive {
            let channel = context.channel
            end.futureResult.whenComplete { _ in channel.close(promise: nil) }
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: end)
    }

    private func beginEvents(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard hall.value.listeners.count < limits.listeners else {
            return send(.text(503, "too many listen already\n"), head, context)
        }
        patience?.cancel()
        let headers = HTTPHeaders([
            ("Content-Type", "text/event-stream"), ("Cache-Control", "no-store"), ("X-Accel-Buffering", "no"),
        ])
        let part = HTTPResponseHead(version: head.version, status: .ok, headers: headers)
        context.write(wrapOutboundOut(.head(part)), promise: nil)
        let first = ByteBuffer(bytes: site.event(isFirst: true).bytes)
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(first))), promise: nil)
        hall.value.listeners[number] = context.channel
    }

    /// Whoever is slow for longer than this goes.
    private func restart(_ context: ChannelHandlerContext) {
        patience?.cancel()
        let channel = context.channel
        patience = context.eventLoop.scheduleTask(in: .seconds(limits.patience)) { channel.close(promise: nil) }
    }
}
