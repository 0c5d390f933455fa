/// default.rsyncssh and default.direct.
enum WayCases {
    static let rsyncssh: [Case] = [
        .ssh("rsyncssh with nothing else", "delete = true") {
            $0.deeds = [.write("new")]
            $0.later = [
                "-lts -r --delete --ignore-errors --force --from0 --include-from=- --exclude=* SRC/ u@h:/t␣d/ < /new|/"
            ]
            $0.log = ["Rsyncing list", "Finished (list): 0", "Startup of \"SRC/\" finished: 0"]
        },
        .ssh("a port", "ssh = { port = 2222 }") {
            $0.start = ["--delete --ignore-errors -lts --rsh=ssh␣-p␣2222 -r SRC/ u@h:/t␣d/"]
        },
        .ssh("a key", "ssh = { identityFile = '/id' }") {
            $0.start = ["--delete --ignore-errors -lts --rsh=ssh␣-i␣/id -r SRC/ u@h:/t␣d/"]
        },
        .ssh("options", "ssh = { options = { StrictHostKeyChecking = 'no' } }") {
            $0.start = ["--delete --ignore-errors -lts --rsh=ssh␣-o␣StrictHostKeyChecking=no -r SRC/ u@h:/t␣d/"]
        },
        .ssh("more words", "ssh = { _extra = { '-4', '-v' } }") {
            $0.start = ["--delete --ignore-errors -lts --rsh=ssh␣-4␣-v -r SRC/ u@h:/t␣d/"]
            $0.lsyncd = .differs("2.2 gives them to the moves alone")
        },
        .ssh("everything of ssh, and a shell of rsync's own", everything) {
            $0.start = [
                "--delete --ignore-errors -lts --rsh=x --rsh=ssh␣-i␣/id␣-o␣A=1␣-p␣2222␣-4 -r SRC/ u@h:/t␣d/"
            ]
            $0.lsyncd = .differs("2.2 gives _extra to the moves alone")
        },
        .ssh("the program for moves is not the one for rsync", "ssh = { binary = 'ROOT/ssh/rsync' }"),
        .ssh("a move is repeated there in one call, with the names on standard input", "delete = true") {
            $0.deeds = [.rename("there", "it's $(here)")]
            $0.ssh = ["-l u h sh -c ", "< ./there|./it's $(here)|"]
            $0.log = ["Rsyncing list"]
            $0.lsyncd = .differs("one mv for each, in the words of the call")
        },
        .ssh("onMove, exit codes and xargs of older releases", older) {
            $0.lsyncd = .differs("xargs is refused since 2.2")
        },
        .ssh("no deletions", "delete = false") { $0.start = ["-lts -r SRC/ u@h:/t␣d/"] },
        .ssh("excludes", "exclude = { 'x' }") {
            $0.start = ["--exclude-from=- --delete --ignore-errors -lts -r SRC/ u@h:/t␣d/ < x"]
        },
        .ssh("the home directory", "delete = true") {
            $0.text = $0.text.replacing("/t d", with: "./")
            $0.start = ["--delete --ignore-errors -lts -r SRC/ u@h:./"]
        },
        .ssh("a cap for all syncs", "delete = true") {
            $0.text = "settings{ maxProcesses = 4 }\n" + $0.text
            $0.lsyncd = .differs("refuses to start")
        },
        Case("-rsyncssh with -sshopts", "") {
            $0.arguments = ["-rsyncssh", "SRC", "h", "dir", "-sshopts", "-p 22", "-delay", "0"]
            $0.start = ["--delete --ignore-errors -lts --rsh=ssh␣-p␣22 -r SRC/ h:dir/"]
            $0.lsyncd = .differs("not in 2.2")
        },
    ]

    private static let everything =
        "rsync = { rsh = 'x' }, ssh = { identityFile = '/id', port = 2222, "
        + "options = { A = 1 }, _extra = { '-4' } }"
    private static let older =
        "onMove = true, sshExitCodes = { [255] = 'again' }, rsyncExitCodes = { [5] = 'ok' }, "
        + "xargs = { binary = '/usr/bin/xargs' }"

    static func direct(_ name: String, _ inside: String, _ change: (inout Case) -> Void = { _ in }) -> Case {
        Case(name, "sync{ default.direct, source = \"SRC\", target = \"TGT\", \(inside) }") {
            $0.start = ["--delete --ignore-errors -lts -r SRC/ TGT/"]
            change(&$0)
        }
    }

    static let direct: [Case] = [
        direct("direct compares by rsync at the start", "delay = 0.1") {
            $0.log = ["Startup of \"SRC/\" finished: 0"]
        },
        direct("direct without deletions", "delete = false") { $0.start = ["-lts -r SRC/ TGT/"] },
        direct("direct with a mirror's options", "rsync = { archive = true }") {
            $0.start = ["--delete --ignore-errors -ltspogD -r SRC/ TGT/"]
        },
        direct(
            "direct leaves a batch to rsync where its words ask for more", "delay = 0, rsync = { hard_links = true }"
        ) {
            $0.start = ["--delete --ignore-errors -ltsH -r SRC/ TGT/"]
            $0.deeds = [.write("new")]
            $0.later = [
                "-ltsH -r --delete --ignore-errors --force --from0 --include-from=- --exclude=* SRC/ TGT/ < /new|/"
            ]
            $0.lsyncd = .differs("copies by cp, whatever the options say")
        },
        direct("direct says what it copies to who asks", "delay = 0") {
            $0.arguments = ["-log", "Info"]
            $0.deeds = [.write("new")]
            $0.log = ["Info: Copying a list\n/new", "Info: Finished (list): 0"]
            $0.lsyncd = .differs("says nothing")
        },
        Case("-direct and -rsync on one line", "") {
            $0.arguments = ["-direct", "SRC", "TGT", "-rsync", "SRC", "h:/t", "-delay", "0"]
            $0.start = ["--delete --ignore-errors -lts -r SRC/ TGT/", "--delete --ignore-errors -lts -r SRC/ h:/t/"]
            $0.lsyncd = .differs("takes options in another order here")
        },
    ]
}
