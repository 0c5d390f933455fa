/// What the page does. Whatever comes from outside is put in as text, never as markup.
enum PageScript {
    static let text = #"""
        "use strict";
        const words = { inStep: "in step", isSource: "the source itself", transferring: "transferring", waiting: "waiting",
          starting: "starting", failing: "failing", guarded: "held by a guard", paused: "paused", refused: "refused" };
        const kept = 300, shownRows = 300;
        const token = new URLSearchParams(location.search).get("token");
        const address = path => token ? path + (path.includes("?") ? "&" : "?") + "token=" + encodeURIComponent(token) : path;
        const find = id => document.getElementById(id);
        const make = (name, className, text) => {
          const node = document.createElement(name);
          if (className) node.className = className;
          if (text !== undefined) node.textContent = text;
          return node;
        };
        let targets = [], flow = [], last = null, heard = 0;

        function duration(seconds) {
          if (seconds < 10) return Math.max(seconds, 0).toFixed(1) + " s";
          if (seconds < 120) return Math.floor(seconds) + " s";
          if (seconds < 7200) return Math.floor(seconds / 60) + " min";
          if (seconds < 172800) return Math.floor(seconds / 3600) + " h";
          return Math.floor(seconds / 86400) + " days";
        }
        function amount(value, unit) {
          const sizes = ["", " k", " M", " G", " T"];
          let size = 0;
          while (value >= 1000 && size < sizes.length - 1) { value /= 1000; size++; }
          const digits = value >= 100 || (size === 0 && Number.isInteger(value)) ? 0 : 1;
          return value.toFixed(digits) + (sizes[size] || (unit ? " " : "")) + unit;
        }
        const count = (n, one, many) => n + " " + (n === 1 ? one : many);

        /* A line over a faint area, from values of which the newest is at the right. */
        function draw(svg, values, width, height) {
          const most = Math.max(...values, 0);
          const key = most + ":" + values.length + ":" + values[values.length - 1] + ":" + (most > 0 ? values.join() : "");
          if (svg.drawn === key) return;
          svg.drawn = key;
          svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
          svg.setAttribute("preserveAspectRatio", "none");
          const step = width / (kept - 1), top = most || 1;
          const points = values.map((value, index) =>
            ((kept - values.length + index) * step).toFixed(1) + " " + (height - 1 - (height - 3) * value / top).toFixed(1));
          svg.replaceChildren();
          if (!points.length) return;
          const line = "M" + points.join("L");
          for (const [name, text] of [["area", `${line}L${width} ${height}L${points[0].split(" ")[0]} ${height}Z`], ["", line]]) {
            const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
            path.setAttribute("d", text);
            if (name) path.setAttribute("class", name);
            svg.append(path);
          }
        }

        function row() {
          const tr = make("tr");
          for (const name of ["name", "target", "state", "owed number", "lag number", "past", "last"]) tr.append(make("td", name));
          tr.children[2].append(make("span", "pill"));
          const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
          svg.setAttribute("class", "spark");
          svg.setAttribute("role", "img");
          tr.children[5].append(svg);
          return tr;
        }
        const isBehind = data => !(data.state === "inStep" || data.state === "isSource");

        function fill(target) {
          const { data, tr, past } = target;
          const [name, place, state, owed, lag, , lastCell] = tr.children;
          const set = (cell, text) => { if (cell.textContent !== text) cell.textContent = text; };
          set(name, data.name);
          set(place, data.target || "–");
          set(state.firstChild, words[data.state] || data.state);
          state.firstChild.className = "pill " + data.state;
          tr.className = isBehind(data) ? "late" : "";
          set(owed, data.owed ? String(data.owed) : "");
          set(lag, data.lag > 0 ? duration(data.lag) : "");
          set(lastCell, data.last ? duration(last.time - data.last) + " ago" : "–");
          const most = Math.max(...past, 0), svg = tr.children[5].firstChild;
          svg.setAttribute("aria-label", most ? "lag of at most " + duration(most) : "never behind");
          draw(svg, past, 150, 26);
        }

        /* Rows are made for what is shown alone: there may be a thousand targets. */
        function show() {
          const text = find("filter").value.toLowerCase(), only = find("behind").checked, rows = find("rows");
          const wanted = targets.filter(({ data }) => (!only || isBehind(data))
            && (data.name + " " + data.target).toLowerCase().includes(text));
          const nodes = wanted.slice(0, shownRows).map(target => (target.tr ||= row(), target.tr));
          if (nodes.length !== rows.children.length || nodes.some((node, index) => node !== rows.children[index])) {
            rows.replaceChildren(...nodes);
          }
          for (const target of wanted.slice(0, shownRows)) fill(target);
          const more = find("more"), hidden = wanted.length - nodes.length;
          more.hidden = hidden <= 0 && wanted.length > 0;
          more.textContent = wanted.length ? `and ${hidden} more; the filter finds them` : "none of them";
        }

        function tellProblems(problems) {
          find("trouble").hidden = !problems.length;
          find("problems").replaceChildren(...problems.map(problem => {
            const item = make("li"), lines = problem.text.split("\n");
            item.append(make("strong", "", lines[0]));
            const cure = lines.slice(1).map(line => line.trim()).join("\n");
            if (cure) item.append(make("div", "cure", cure));
            item.append(make("div", "quiet", `for ${duration(last.time - problem.since)}, met ${count(problem.count, "time", "times")}`));
            return item;
          }));
        }

        function tellRecent(recent) {
          find("recent").replaceChildren(...recent.map(transfer => {
            const item = make("li"), target = targets[transfer.target];
            const what = transfer.changes === null
              ? (transfer.failure ? "comparison of everything" : "everything compared") : count(transfer.changes, "change", "changes");
            const size = transfer.bytes === null ? "" : ", " + amount(transfer.bytes, "B");
            item.append(make("span", "quiet", new Date(transfer.at * 1000).toTimeString().slice(0, 8) + " "));
            item.append(make("b", "", target ? target.data.name : ""), ` ${what} in ${duration(transfer.took)}${size}`);
            if (transfer.failure) item.append(make("div", "failure", transfer.failure));
            const more = transfer.changes > transfer.paths.length ? " …" : "";
            if (transfer.paths.length) item.append(make("div", "quiet", transfer.paths.join("  ") + more));
            return item;
          }));
        }

        function tellFlow(news) {
          if (last && news.time >= last.time) {
            const passed = Math.max(news.uptime - last.uptime, 0.2);
            const rate = name => Math.max(news[name] - last[name], 0) / passed;
            flow.push({ events: rate("events"), changes: rate("changes"), bytes: rate("bytes") });
            if (flow.length > kept) flow.shift();
          }
          for (const name of ["events", "changes", "bytes"]) {
            const values = flow.map(moment => moment[name]), now = values[values.length - 1] || 0;
            draw(find(name), values, 300, 56);
            const unit = name === "bytes" ? "B/s" : "/s", most = Math.max(...values, 0);
            find(name + "-now").textContent = amount(now, unit) + (most > now ? `, at most ${amount(most, unit)}` : "");
          }
        }

        function take(news) {
          heard = Date.now();
          if (news.whole) {
            targets = news.targets.map((data, index) => ({ data, tr: null, past: (news.history || [])[index] || [] }));
          } else {
            for (const data of news.targets) if (targets[data.i]) targets[data.i].data = data;
            for (const target of targets) {
              target.past.push(target.data.lag);
              if (target.past.length > kept) target.past.shift();
            }
          }
          tellFlow(news);
          last = news;
          const late = targets.filter(({ data }) => isBehind(data)).length;
          tell(news.inStep ? "good" : "bad", late
            ? `${late} of ${count(targets.length, "target", "targets")} not in step` : `${count(targets.length, "target", "targets")} in step`);
          document.title = (late ? `(${late}) ` : "") + "lockstep";
          find("facts").textContent = `version ${news.version}, up for ${duration(news.uptime)}`;
          find("sources").textContent = news.sources.map(source =>
            source.path + (source.live ? "" : " is not watched yet") + (source.means ? ", " + source.means : "")).join(" · ");
          tellProblems(news.problems);
          show();
          tellRecent(news.recent);
        }

        function tell(kind, text) {
          const verdict = find("verdict");
          verdict.className = "verdict " + kind;
          if (verdict.textContent !== text) verdict.textContent = text;
        }

        function listen() {
          const source = new EventSource(address("events"));
          source.onmessage = event => take(JSON.parse(event.data));
          source.onerror = () => {
            if (source.readyState === EventSource.CLOSED) { source.close(); setTimeout(listen, 3000); }
          };
        }
        setInterval(() => { if (Date.now() - heard > 5000) tell("bad", "no news from lockstep"); }, 1000);

        find("search").addEventListener("submit", async event => {
          event.preventDefault();
          const answer = find("answer");
          answer.hidden = false;
          try {
            const reply = await fetch(address("explain?path=" + encodeURIComponent(find("path").value)));
            answer.textContent = await reply.text();
          } catch { answer.textContent = "lockstep does not answer"; }
        });
        for (const id of ["filter", "behind"]) find(id).addEventListener("input", () => last && show());
        document.addEventListener("keydown", event => {
          if (event.ctrlKey || event.metaKey || event.altKey || /INPUT/.test(event.target.tagName)) {
            if (event.key === "Escape") event.target.blur();
            return;
          }
          const key = { "/": "path", f: "filter", b: "behind" }[event.key];
          if (!key) return;
          event.preventDefault();
          if (key === "behind") find(key).click(); else find(key).focus();
        });
        listen();
        """#
}
