import Foundation
package import MirrorCore

/// Debian's Chromium without a screen, led through its own protocol: commands go into a pipe, answers come into a file.
package final class Browser {
    package static let program: ByteString = "/usr/bin/chromium"

    private let child: ChildProcess
    private let tree: DirectoryTree
    private let commands: FileHandle
    private var last = 0
    private var session: String?

    package init(in tree: DirectoryTree) throws {
        self.tree = tree
        guard mkfifo(tree.path("commands").description, 0o600) == 0 else { throw FixtureError("no pipe can be made") }
        let pipe = tree.path("commands")
        // A browser that root runs in a test has no room for a sandbox of its own; it opens one page of ours.
        let words = [
            "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-extensions", "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--hide-scrollbars", "--user-data-dir=profile", "--remote-debugging-pipe", "about:blank",
        ]
        let script = "exec \(words.joined(separator: " ")) 3<>commands 4>answers"
        child = try ChildProcess(
            ["/bin/sh", "-c", ByteString(script)],
            environment: ChildProcess.inherited.merging(["HOME": tree.root.description]) { $1 }, directory: tree.root)
        commands = try FileHandle(forUpdating: URL(filePath: pipe.description))
    }

    deinit { ProcessTree.killAll(under: child.identifier) }

    /// What the browser has said on its own.
    package var errors: String { child.errorText }

    package struct Screen: Sendable {
        package var width: Int
        package var height: Int
        package var isDark: Bool
        package var isPhone: Bool

        package init(width: Int, height: Int, isDark: Bool = false, isPhone: Bool = false) {
            self.width = width
            self.height = height
            self.isDark = isDark
            self.isPhone = isPhone
        }
    }

    package func open(_ address: String, on screen: Screen) async throws {
        session = nil
        let made = try await command("Target.createTarget", ["url": "about:blank"])
        let attached = try await command(
            "Target.attachToTarget", ["targetId": made["targetId"] ?? "", "flatten": true])
        session = attached["sessionId"] as? String
        try await set(screen)
        _ = try await command("Page.navigate", ["url": address])
    }

    package func set(_ screen: Screen) async throws {
        _ = try await command(
            "Emulation.setDeviceMetricsOverride",
            [
                "width": screen.width, "height": screen.height, "deviceScaleFactor": screen.isPhone ? 2 : 1,
                "mobile": screen.isPhone,
            ])
        _ = try await command(
            "Emulation.setEmulatedMedia",
            ["features": [["name": "prefers-color-scheme", "value": screen.isDark ? "dark" : "light"]]])
    }

    /// The value of an expression, as text.
    package func value(of expression: String) async throws -> String {
        let answer = try await command(
            "Runtime.evaluate", ["expression": "String(\(expression))", "returnByValue": true])
        if let details = answer["exceptionDetails"] { throw FixtureError("\(expression): \(details)") }
        return (answer["result"] as? [String: Any])?["value"] as? String ?? ""
    }

    package func press(_ key: String) async throws {
        let isText = key.count == 1
        var event: [String: Any] = ["type": "keyDown", "key": key]
        if isText { event["text"] = key }
        if key == "Enter" { event.merge(["text": "\r", "windowsVirtualKeyCode": 13]) { $1 } }
        if key == "Tab" { event["windowsVirtualKeyCode"] = 9 }
        _ = try await command("Input.dispatchKeyEvent", event)
        _ = try await command("Input.dispatchKeyEvent", ["type": "keyUp", "key": key])
    }

    package func type(_ text: String) async throws { _ = try await command("Input.insertText", ["text": text]) }

    /// A picture of the whole page, as PNG.
    package func picture() async throws -> ByteString {
        let answer = try await command("Page.captureScreenshot", ["format": "png", "captureBeyondViewport": true])
        guard let text = answer["data"] as? String, let data = Data(base64Encoded: text) else {
            throw FixtureError("the browser gave no picture")
        }
        return ByteString([UInt8](data))
    }

    private func command(_ method: String, _ parameters: [String: Any]) async throws -> [String: Any] {
        last += 1
        var message: [String: Any] = ["id": last, "method": method, "params": parameters]
        if let session { message["sessionId"] = session }
        try commands.write(contentsOf: JSONSerialization.data(withJSONObject: message) + [0])
        var found: [String: Any]?
        try await Condition.wait(
            until: "the browser answers \(method)", deadline: .seconds(120), interval: .milliseconds(20),
            state: { child.errorText.suffix(2000).description },
            holds: {
                found = try answer(to: last)
                return found != nil || child.exit != nil
            })
        guard let found else { throw FixtureError("the browser has ended: \(child.errorText)") }
        if let error = found["error"] { throw FixtureError("\(method): \(error)") }
        return found["result"] as? [String: Any] ?? [:]
    }

    private func answer(to number: Int) throws -> [String: Any]? {
        guard try tree.status("answers") != nil else { return nil }
        for part in try tree.read("answers").bytes.split(separator: 0).reversed() {
            guard let message = try? JSONSerialization.jsonObject(with: Data(part)) as? [String: Any] else { continue }
            if message["id"] as? Int == number { return message }
        }
        return nil
    }
}
