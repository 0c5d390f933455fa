/// How the page looks: narrow and wide, light and dark.
enum PageStyle {
    static let text = """
        :root {
          --ground: #f6f7f9; --card: #fff; --ink: #1b2430; --quiet: #5b6675; --line: #dde2e8; --accent: #1f6feb;
          --good: #1a7f4b; --good-ground: #e3f5ea; --busy: #1f5fbf; --busy-ground: #e4eefc;
          --bad: #b42318; --bad-ground: #fdeceb; --hold: #8a5a00; --hold-ground: #fdf3dc;
        }
        @media (prefers-color-scheme: dark) { :root {
          --ground: #10151c; --card: #18202a; --ink: #e6ebf2; --quiet: #9aa7b8; --line: #2b3644; --accent: #6ea8fe;
          --good: #6ddc9a; --good-ground: #14301f; --busy: #8fbcff; --busy-ground: #17283f;
          --bad: #ff9b90; --bad-ground: #3a1a18; --hold: #f3c969; --hold-ground: #33280f;
        } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.45 system-ui, sans-serif; }
        header, main, footer { max-width: 1180px; margin: 0 auto; padding: 0 16px; }
        header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 16px; padding-top: 18px; }
        h1 { font-size: 20px; margin: 0; letter-spacing: -.02em; }
        h2 { font-size: 15px; margin: 0 0 8px; }
        p { margin: 0; }
        .quiet { color: var(--quiet); font-size: 13px; }
        .verdict { font-weight: 600; padding: 2px 12px; border-radius: 99px; background: var(--line); }
        .verdict.good { color: var(--good); background: var(--good-ground); }
        .verdict.bad { color: var(--bad); background: var(--bad-ground); }
        section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px;
          margin: 14px 0; min-width: 0; }
        .line { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: center; margin-bottom: 8px; }
        .line h2 { margin: 0; }
        .grow { flex: 1 1 140px; }
        .tick { white-space: nowrap; padding: 6px 0; }
        .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
        input[type=text], input[type=search] { font: inherit; color: inherit; background: var(--ground); min-width: 0;
          border: 1px solid var(--line); border-radius: 7px; padding: 7px 10px; width: 100%; }
        button { font: inherit; font-weight: 600; color: var(--card); background: var(--accent); border: 0;
          border-radius: 7px; padding: 8px 16px; cursor: pointer; }
        :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th { text-align: left; font-size: 12px; font-weight: 600; color: var(--quiet); padding: 4px 10px 4px 0; }
        td { padding: 6px 10px 6px 0; border-top: 1px solid var(--line); vertical-align: middle; overflow-wrap: anywhere; }
        .number { text-align: right; white-space: nowrap; }
        td.name { font-weight: 600; }
        .pill { display: inline-block; padding: 1px 9px; border-radius: 99px; font-size: 13px; font-weight: 600;
          white-space: nowrap; }
        .inStep, .isSource { color: var(--good); background: var(--good-ground); }
        .transferring, .waiting, .starting { color: var(--busy); background: var(--busy-ground); }
        .failing, .refused { color: var(--bad); background: var(--bad-ground); }
        .paused, .guarded { color: var(--hold); background: var(--hold-ground); }
        .spark { width: 150px; height: 26px; display: block; overflow: visible; }
        .spark path, .chart path { fill: none; stroke: var(--accent); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
        .spark path.area, .chart path.area { fill: var(--accent); opacity: .14; stroke: none; }
        .chart { width: 100%; height: 56px; display: block; border-bottom: 1px solid var(--line); }
        figure { margin: 0 0 12px; }
        figcaption { display: flex; justify-content: space-between; font-size: 13px; color: var(--quiet); }
        figcaption b { color: var(--ink); font-variant-numeric: tabular-nums; }
        .pair { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); gap: 14px; }
        .pair section { margin: 0; }
        .problems { list-style: none; margin: 0; padding: 0; display: grid; gap: 10px; }
        .problems li { border-left: 4px solid var(--bad); background: var(--bad-ground); border-radius: 6px;
          padding: 8px 12px; overflow-wrap: anywhere; }
        .problems .cure { white-space: pre-wrap; margin-top: 4px; }
        .recent { list-style: none; margin: 0; padding: 0; max-height: 340px; overflow: auto; }
        .recent li { border-top: 1px solid var(--line); padding: 5px 0; overflow-wrap: anywhere; }
        .recent li:first-child { border-top: 0; }
        .recent .failure { color: var(--bad); }
        pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--ground); border-radius: 7px; margin: 8px 0;
          padding: 10px; font-size: 13px; }
        #search { margin-bottom: 14px; }
        #search label { font-size: 13px; color: var(--quiet); }
        footer { display: flex; flex-wrap: wrap; gap: 6px 24px; justify-content: space-between; padding-bottom: 28px;
          margin-top: 14px; }
        kbd { border: 1px solid var(--line); border-radius: 4px; padding: 0 5px; background: var(--card); }
        .skip { position: absolute; left: -999px; }
        .skip:focus { left: 8px; top: 8px; background: var(--card); padding: 6px 10px; border-radius: 6px; }
        [hidden] { display: none; }
        @media (max-width: 760px) {
          .pair { grid-template-columns: minmax(0, 1fr); }
          thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
          table, tbody { display: block; }
          tr { display: grid; grid-template-columns: 1fr auto; gap: 2px 10px; padding: 8px 0;
            border-top: 1px solid var(--line); }
          td { border: 0; padding: 0; }
          td.name { grid-column: 1; grid-row: 1; } td.state { grid-column: 2; grid-row: 1; text-align: right; }
          td.target { grid-column: 1 / 3; color: var(--quiet); font-size: 13px; }
          td.owed, td.lag { display: none; }
          .late td.owed, .late td.lag { display: block; text-align: left; }
          .late td.owed::after { content: " owed"; } .late td.lag { text-align: right; }
          td.past { grid-column: 1; } td.last { grid-column: 2; text-align: right; align-self: end; font-size: 13px;
            color: var(--quiet); }
          button { padding: 10px 18px; } input[type=text], input[type=search] { padding: 10px; }
        }
        """
}
