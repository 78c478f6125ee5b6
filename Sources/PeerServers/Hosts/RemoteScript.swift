/// What a shell on another host does for a server there: it starts it, with a directory of its own, does to
/// it what it reads, a word in each line, and says what it has done. When there is nothing more to read,
/// since the connection has ended, it kills the server and removes the directory.
///
/// For any shell of POSIX. It is on one line and has no single quotes, so that whichever shell a user has
/// there passes it on.
enum RemoteScript {
    /// The command for `ssh`: a server of these words, with a directory below this one, to which the server
    /// is told to write where it keeps records.
    static func command(_ words: [String], below directory: String, keepsRecords: Bool) -> String {
        let start = keepsRecords ? #""$@" --directory "$d/records""# : #""$@""#
        let script = lines.joined(separator: "; ").replacing("START", with: start)
        let all = ["sh", "-c", script, "nilometer", directory] + words
        return "exec " + all.map(quoted).joined(separator: " ")
    }

    /// The end of the server is seen as the end of a pipe that nobody else has open for writing: `wait`
    /// would keep the shell from reading.
    private static let lines = [
        "umask 077",
        #"d=$(mktemp -d "$1/nilometer-node-XXXXXX") && mkfifo "$d/life" || exit 73"#,
        "shift",
        // Whoever reads what it says may be gone before the server is.
        #"trap "" PIPE"#,
        #"start() { (cat < "$d/life"; echo host ended) < /dev/null & w=$!"#,
        #"START < /dev/null 9> "$d/life" & p=$!"#,
        "echo host started; }",
        #"end() { trap - EXIT; kill -s KILL $p 2> /dev/null; wait; rm -rf "$d"; exit; }"#,
        "trap end EXIT HUP INT TERM",
        #"start "$@""#,
        "while read -r word; do case $word in "
            + #"start) start "$@";; "#
            + "KILL) kill -s KILL $p; wait $p $w 2> /dev/null; echo host done;; "
            + "STOP | CONT) kill -s $word $p; echo host done;; esac; done",
    ]

    /// A word as any shell takes it whole.
    private static func quoted(_ word: String) -> String {
        "'" + word.replacing("'", with: #"'\''"#) + "'"
    }
}
