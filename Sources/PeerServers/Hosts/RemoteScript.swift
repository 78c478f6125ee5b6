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
    /// would keep the shell from reading. Both of its ends are open before anybody is started who could
    /// wait for the other one.
    ///
    /// What it says begins a line, whatever the server has left unfinished. The server is the last that was
    /// started in the background (`$!`) at any moment at which there is one to kill: one that was waited
    /// for is not killed again, since somebody else may have its number.
    private static let lines = [
        "umask 077",
        #"d=$(mktemp -d "$1/nilometer-node-XXXXXX") || exit 73"#,
        #"mkfifo "$d/life" || { rmdir "$d"; exit 73; }"#,
        "shift",
        // Whoever reads what it says may be gone before the server is.
        #"trap "" PIPE"#,
        #"say() { printf "\n%s\n" "host $1"; }"#,
        #"start() { exec 8<> "$d/life" 7< "$d/life" 9> "$d/life" 8>&-"#,
        "(exec 9>&-; cat <&7 > /dev/null; say ended) < /dev/null & w=$!",
        "gone=",
        "START < /dev/null 7<&- 9>&9 & exec 7<&- 9>&-",
        "say started; }",
        #"end() { trap - EXIT; [ "$gone" ] || kill -s KILL $! 2> /dev/null; wait; rm -rf "$d"; exit; }"#,
        "trap end EXIT HUP INT TERM",
        #"start "$@""#,
        "while read -r word; do case $word in "
            + #"start) start "$@";; "#
            + "KILL) kill -s KILL $!; wait $! $w 2> /dev/null; gone=1; say done;; "
            + "STOP | CONT) kill -s $word $!; say done;; esac; done",
    ]

    /// A word as any shell takes it whole.
    private static func quoted(_ word: String) -> String {
        "'" + word.replacing("'", with: #"'\''"#) + "'"
    }
}
