import Foundation
import MirrorCore
import MirrorTesting
import Testing

enum Chromium {
    static let isThere = FileManager.default.isExecutableFile(atPath: Browser.program.description)
}

/// The page in a real browser. `SCREENSHOTS=DIR` keeps the pictures.
@Suite("The page", .enabled(if: Chromium.isThere, "chromium is not installed (script/setup)"), .serialized)
struct PageTests {
    private static let desk = Browser.Screen(width: 1200, height: 1000)
    private static let phone = Browser.Screen(width: 390, height: 844, isPhone: true)

    private func browser(_ web: WebTrial) throws -> Browser {
        try Browser(in: web.control.trial.tree.directory("browser"))
    }

    private func wait(_ browser: Browser, _ what: String, _ expression: String) async throws {
        var last = ""
        try await Condition.wait(
            until: what, deadline: .seconds(90), interval: .milliseconds(100), state: { "\(expression): \(last)" },
            holds: {
                last = try await browser.value(of: expression)
                return last == "true"
            })
    }

    private func keep(_ name: String, _ browser: Browser) async throws {
        let picture = try await browser.picture()
        #expect(picture.bytes.starts(with: [0x89, 0x50, 0x4e, 0x47]) && picture.count > 10_000)
        guard let place = ProcessInfo.processInfo.environment["SCREENSHOTS"] else { return }
        try Data(picture.bytes).write(to: URL(filePath: place).appending(path: name + ".png"))
    }

    private let text = "(document.body?.innerText ?? '')"

    @Test("it lives: what is behind is told with cause and cure, and is gone when it is over")
    func lives() async throws {
        let web = try WebTrial()
        let program = try await web.start(second: "127.0.0.77:/srv/site")
        let browser = try browser(web)
        try await browser.open("http://127.0.0.1:\(web.port)/", on: Self.desk)
        try await wait(browser, "the state is there", "\(text).includes('1 of 2 targets not in step')")
        try await wait(browser, "the problem is told", "\(text).includes('the host does not answer')")
        #expect(try await browser.value(of: "document.querySelectorAll('#rows tr').length") == "2")
        #expect(try await browser.value(of: "document.querySelector('#rows tr .pill').textContent") == "in step")
        for number in 0..<40 { try web.control.trial.source.write(ByteString("page-\(number).html"), "text") }
        try await wait(browser, "a transfer is told", "\(text).includes('page-')")
        try await wait(
            browser, "the lag is drawn",
            "document.querySelectorAll('#rows tr')[1]?.querySelectorAll('path').length == 2"
        )
        try await keep("desk-light", browser)
        var dark = Self.desk
        dark.isDark = true
        try await browser.set(dark)
        #expect(try await browser.value(of: "getComputedStyle(document.body).backgroundColor") == "rgb(16, 21, 28)")
        try await keep("desk-dark", browser)
        try web.control.write(settings: "http = \(web.port)")
        program.signal(SIGHUP)
        try await wait(browser, "all is well again", "\(text).includes('2 targets in step')")
        #expect(try await browser.value(of: "document.getElementById('trouble').hidden") == "true")
        try await program.stop()
        try await wait(browser, "silence is told", "\(text).includes('no news from lockstep')")
    }

    @Test("on a phone nothing is cut off, and everything can be touched")
    func phone() async throws {
        let web = try WebTrial()
        let program = try await web.start(second: "127.0.0.77:/srv/a/rather/long/way/to/the/site/of/the/customer")
        let browser = try browser(web)
        try await browser.open("http://127.0.0.1:\(web.port)/", on: Self.phone)
        try await wait(browser, "the problem is told", "\(text).includes('the host does not answer')")
        #expect(try await browser.value(of: "document.documentElement.scrollWidth <= innerWidth") == "true")
        let small =
            "[...document.querySelectorAll('button, input[type=text], input[type=search]')]"
            + ".filter(x => x.getBoundingClientRect().height < 40).length"
        #expect(try await browser.value(of: small) == "0")
        try await keep("phone-light", browser)
        var dark = Self.phone
        dark.isDark = true
        try await browser.set(dark)
        try await keep("phone-dark", browser)
        try await program.stop()
    }

    @Test("the keyboard is enough: a path is looked up, targets are filtered")
    func keyboard() async throws {
        let web = try WebTrial()
        let program = try await web.start()
        let browser = try browser(web)
        try await browser.open("http://127.0.0.1:\(web.port)/", on: Self.desk)
        try await wait(browser, "the state is there", "\(text).includes('2 targets in step')")
        try await browser.press("/")
        #expect(try await browser.value(of: "document.activeElement.id") == "path")
        try await browser.type("\(web.control.trial.source.root)/first")
        try await browser.press("Enter")
        try await wait(
            browser, "the answer is there", "document.getElementById('answer').innerText.includes('in step')")
        try await browser.press("Escape")
        try await browser.press("f")
        try await browser.type("two")
        try await wait(browser, "one is left", "document.querySelectorAll('#rows tr').length == 1")
        try await browser.press("Escape")
        try await browser.press("b")
        try await wait(browser, "none is left", "\(text).includes('none of them')")
        try await keep("keyboard", browser)
        // Everything that can be used can be reached, and has a name.
        let nameless =
            "[...document.querySelectorAll('input, button')].filter(x => "
            + "!(x.labels?.length || x.textContent.trim())).length"
        #expect(try await browser.value(of: nameless) == "0")
        try await program.stop()
    }

    @Test("a name of a file or of a target is text, whatever stands in it; nothing is loaded from elsewhere")
    func markup() async throws {
        let web = try WebTrial()
        let program = try await web.start(sync: "name = \"<img src=x onerror=document.title='bad'>\",")
        let browser = try browser(web)
        try await browser.open("http://127.0.0.1:\(web.port)/", on: Self.desk)
        try await wait(browser, "the state is there", "\(text).includes('2 targets in step')")
        try web.control.trial.source.write("<script>document.title='bad'<!--", "1")
        try await wait(browser, "the file is told", "\(text).includes('<script>document.title=')")
        #expect(try await browser.value(of: "\(text).includes('<img src=x')") == "true")
        #expect(try await browser.value(of: "document.querySelectorAll('img').length") == "0")
        #expect(try await browser.value(of: "document.title") == "lockstep")
        let foreign = "performance.getEntriesByType('resource').filter(x => !x.name.startsWith(location.origin)).length"
        #expect(try await browser.value(of: foreign) == "0")
        let page = try await web.get("/")
        #expect(page.head.contains("Content-Security-Policy: default-src 'none'"))
        for word in ["http://", "https://"]
        where page.body.replacing("http://www.w3.org/2000/svg", with: "").contains(word) {
            Issue.record("the page names another place: \(word)")
        }
        try await program.stop()
    }

    @Test("with a token the page works where the address has it")
    func token() async throws {
        let web = try WebTrial()
        let program = try await web.start(settings: "httpToken = \"open sesame+\",")
        let browser = try browser(web)
        try await browser.open("http://127.0.0.1:\(web.port)/?token=open%20sesame%2B", on: Self.desk)
        try await wait(browser, "the state is there", "\(text).includes('2 targets in step')")
        try await browser.press("/")
        try await browser.type("/nowhere")
        try await browser.press("Enter")
        try await wait(
            browser, "the answer is there", "document.getElementById('answer').innerText.includes('below no source')")
        try await program.stop()
    }
}
