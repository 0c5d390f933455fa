import MirrorCore
import MirrorHTTP
import MirrorStatus

extension FuzzTarget {
    /// Any text as the address of a request, as a limit of lag, and as the setting `http`.
    static let http = FuzzTarget(
        "http",
        seeds: [
            "/targets/web1?max_lag=5s", "/explain?path=%2Fsrv%2Fa+b", "/?a=1&a=2&b", "/%ff/..//", "127.0.0.1:9180",
            "[::1]:80", "500ms", "1.5",
        ],
        words: ["%", "%2", "%00", "?", "&", "=", "/", "max_lag=", "e9", "ms", "999999999999999999999", "[", "]", ":"]
    ) { input in
        let text = String(decoding: input, as: UTF8.self)
        if let request = HTTPRequest(method: .get, target: text) {
            check(text.hasPrefix("/"), "\(text) is no path")
            let length = request.path.reduce(0) { $0 + $1.count }
            check(length <= text.utf8.count, "\(text) has become longer")
        }
        if let limit = LagLimit.parse(ByteString(input)) {
            check(limit >= .zero && limit <= .seconds(100_000_000), "\(text) is a limit of \(limit)")
        }
        if let settings = HTTPSettings(ByteString(input)) {
            check(HTTPSettings(ByteString(settings.shown)) == settings, "\(settings.shown) is read otherwise")
        }
    }
}
