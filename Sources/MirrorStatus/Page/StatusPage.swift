package import MirrorCore

/// The page for people: one answer with everything in it, which then listens to events.
package enum StatusPage {
    package static let html = ByteString(
        head + "<style>" + PageStyle.text + "</style></head>" + body + "<script>" + PageScript.text
            + "</script></body></html>\n")

    private static let head = """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <link rel="icon" href="data:,">
        <title>lockstep</title>
        """

    private static let body = """
        <body>
        <a class="skip" href="#targets">to the targets</a>
        <header>
          <h1>lockstep</h1>
          <p id="verdict" class="verdict" role="status" aria-live="polite">waiting for the first news</p>
          <p id="facts" class="quiet"></p>
        </header>
        <main>
        <section id="trouble" aria-labelledby="trouble-title" hidden>
          <h2 id="trouble-title">Problems</h2>
          <ul id="problems" class="problems"></ul>
        </section>
        <section aria-labelledby="targets-title">
          <div class="line">
            <h2 id="targets-title">Targets</h2>
            <label class="tick"><input type="checkbox" id="behind"> only those behind</label>
            <label class="grow"><span class="unseen">names of targets to show</span>
              <input type="search" id="filter" placeholder="filter" autocomplete="off"></label>
          </div>
          <table id="targets" tabindex="-1">
            <thead><tr><th scope="col">sync</th><th scope="col">target</th><th scope="col">state</th>
              <th scope="col" class="number">owed</th><th scope="col" class="number">lag</th>
              <th scope="col">last five minutes</th><th scope="col">last transfer</th></tr></thead>
            <tbody id="rows"></tbody>
          </table>
          <p id="more" class="quiet" hidden></p>
        </section>
        <div class="pair">
        <section aria-labelledby="flow-title">
          <h2 id="flow-title">Throughput</h2>
          <figure><figcaption>changes noticed <b id="events-now"></b></figcaption><svg id="events" class="chart"></svg></figure>
          <figure><figcaption>changes arrived <b id="changes-now"></b></figcaption><svg id="changes" class="chart"></svg></figure>
          <figure><figcaption>bytes sent <b id="bytes-now"></b></figcaption><svg id="bytes" class="chart"></svg></figure>
        </section>
        <section aria-labelledby="search-title">
          <h2 id="search-title">Where is a file?</h2>
          <form id="search"><label for="path">a path of the source, with a slash last for a directory</label>
            <div class="line"><input type="text" id="path" class="grow" spellcheck="false" autocapitalize="off"
              autocomplete="off"><button>look</button></div></form>
          <pre id="answer" aria-live="polite" hidden></pre>
          <h2 id="recent-title">Recent transfers</h2>
          <ol id="recent" class="recent" aria-labelledby="recent-title"></ol>
        </section>
        </div>
        </main>
        <footer class="quiet"><span id="sources"></span><span>Keys: <kbd>/</kbd> path, <kbd>f</kbd> filter,
          <kbd>b</kbd> only those behind</span></footer>
        """
}
