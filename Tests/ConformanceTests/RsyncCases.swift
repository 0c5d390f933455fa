/// Everything that goes into rsync's words.
enum RsyncCases {
    static let batch = "-r --delete --ignore-errors --force --from0 --include-from=- --exclude=* SRC/ h:/t/"

    private static let letters: [(key: String, words: String)] = [
        ("perms", "-ltsp"), ("owner", "-ltso"), ("group", "-ltsg"), ("acls", "-ltsA"), ("backup", "-ltsb"),
        ("checksum", "-ltsc"), ("compress", "-ltsz"), ("copy_dirlinks", "-ltsk"), ("copy_links", "-ltsL"),
        ("cvs_exclude", "-ltsC"), ("dry_run", "-ltsn"), ("executability", "-ltsE"), ("hard_links", "-ltsH"),
        ("ignore_times", "-ltsI"), ("ipv4", "-lts4"), ("ipv6", "-lts6"), ("keep_dirlinks", "-ltsK"),
        ("one_file_system", "-ltsx"), ("omit_dir_times", "-ltsO"), ("omit_link_times", "-ltsJ"),
        ("prune_empty_dirs", "-ltsm"), ("quiet", "-ltsq"), ("sparse", "-ltsS"), ("update", "-ltsu"),
        ("verbose", "-ltsv"), ("whole_file", "-ltsW"), ("xattrs", "-ltsX"),
    ]

    private static let values: [(key: String, word: String)] = [
        ("backup_dir", "--backup-dir=/x␣y"), ("bwlimit", "--bwlimit=100"), ("chmod", "--chmod=D755"),
        ("chown", "--chown=u:g"), ("groupmap", "--groupmap=a:b"), ("password_file", "--password-file=/pw"),
        ("rsh", "--rsh=ssh␣-p␣22"), ("rsync_path", "--rsync-path=sudo␣rsync"), ("suffix", "--suffix=.~"),
        ("temp_dir", "--temp-dir=/tmp"), ("timeout", "--timeout=9"), ("usermap", "--usermap=x:y"),
    ]

    /// What this one is given that lsyncd 2.2.3 does not know yet.
    private static let newer: Set<String> = ["copy_unsafe_links", "delete_excluded", "omit_link_times"]

    static var options: [Case] {
        let flags = letters.map { key, words in
            Case.rsync("rsync.\(key)", "rsync = { \(key) = true }", words: words) { test in
                if newer.contains(key) { test.lsyncd = .differs("came with 2.3, or is forgotten in 2.2") }
            }
        }
        let texts = values.map { key, word in
            Case.rsync("rsync.\(key)", "rsync = { \(key) = \"\(value(in: word))\" }", words: "-lts \(word)")
        }
        let words = ["append", "append_verify", "copy_unsafe_links", "existing", "inplace"].map { key in
            let word = "--" + key.replacing("_", with: "-")
            return Case.rsync("rsync.\(key)", "rsync = { \(key) = true }", words: "-lts \(word)") { test in
                if newer.contains(key) { test.lsyncd = .differs("came with 2.3") }
            }
        }
        return flags + texts + words + combinations
    }

    private static func value(in word: String) -> String {
        String(word.drop { $0 != "=" }.dropFirst()).replacing("␣", with: " ")
    }

    private static let combinations: [Case] = [
        .rsync("no short flag but times", "rsync = { links = false, protect_args = false }", words: "-t"),
        .rsync(
            "no short flag at all, which ends lsyncd", "rsync = { links = false, times = false, protect_args = false }"
        ) {
            $0.start = ["--delete --ignore-errors -r SRC/ h:/t/"]
            $0.lsyncd = .differs("2.2.3 crashes")
        },
        .rsync("archive", "rsync = { archive = true }", words: "-ltspogD"),
        .rsync("archive without permissions", "rsync = { archive = true, perms = false }", words: "-ltsogD"),
        .rsync("values in quotes", "rsync = { archive = 'true', verbose = 1, compress = 'no' }", words: "-ltspogvD") {
            $0.lsyncd = .differs("takes 'no' for true")
        },
        .rsync("an empty table", "rsync = { }"),
        .rsync("a list of more words", "rsync = { _extra = { '--foo', '--bar=a b', '-e ssh -p 22' } }") {
            $0.start = ["--delete --ignore-errors -lts --foo --bar=a␣b -e␣ssh␣-p␣22 -r SRC/ h:/t/"]
        },
        .rsync("more words in one text", "rsync = { _extra = '--zip' }", words: "-lts --zip") {
            $0.log = ["_extra is a text"]
            $0.lsyncd = .differs("ignores it")
        },
        .rsync("delete_excluded", "rsync = { delete_excluded = true }") {
            $0.start = ["--delete --ignore-errors --delete-excluded -lts -r SRC/ h:/t/"]
            $0.lsyncd = .differs("came with 2.3")
        },
        .rsync("everything at once", everything) {
            $0.start = [
                "--delete --ignore-errors -ltspogAbczkLCnEHI46KxOJmqSuvWXD --foo --append --backup-dir=/bd --bwlimit=100 "
                    + "--chmod=D755 --inplace --temp-dir=/tmp --timeout=9 -r SRC/ h:/t/"
            ]
            $0.lsyncd = .differs("omit_link_times came with 2.3")
        },
    ]

    private static let everything =
        "rsync = { archive = true, acls = true, backup = true, checksum = true, "
        + "compress = true, copy_dirlinks = true, copy_links = true, cvs_exclude = true, dry_run = true, "
        + "executability = true, hard_links = true, ignore_times = true, ipv4 = true, ipv6 = true, keep_dirlinks = true, "
        + "one_file_system = true, omit_dir_times = true, omit_link_times = true, prune_empty_dirs = true, quiet = true, "
        + "sparse = true, update = true, verbose = true, whole_file = true, xattrs = true, append = true, "
        + "backup_dir = '/bd', bwlimit = 100, chmod = 'D755', inplace = true, temp_dir = '/tmp', timeout = 9, "
        + "_extra = { '--foo' } }"

    static let targets: [Case] = [
        ("h:", "h:"), ("h:dir", "h:dir/"), ("u@h:/dir/", "u@h:/dir/"), ("h::module", "h::module/"),
        ("h::module/sub", "h::module/sub/"), ("rsync://h/m", "rsync://h/m/"),
        ("rsync://u@h:8730/m/x", "rsync://u@h:8730/m/x/"),
        ("rsync://[::1]/m", "rsync://[::1]/m/"), ("[::1]:/x", "[::1]:/x/"), ("[fe80::1%lo]:/x", "[fe80::1%lo]:/x/"),
        ("h:./x", "h:./x/"), ("TGT", "TGT/"), ("TGT/", "TGT/"),
    ].map { written, target in
        Case("target \(written)", "sync{ default.rsync, source = \"SRC\", target = \"\(written)\", delay = 0 }") {
            $0.start = ["--delete --ignore-errors -lts -r SRC/ \(target)"]
            if written == "h:" { $0.lsyncd = .differs("2.2.3 may add a slash there") }
        }
    }
}
