import Foundation

/// A directory in which Scripts/setup finds a made-up Debian: its PATH holds nothing but stand-ins
/// for dpkg, apt, pkg-config, sudo and the toolchain, which know only what the test said is missing.
final class SetupSandbox {
    struct Outcome {
        let status: Int32
        /// Standard output and standard error as they came.
        let output: String
        /// The calls of `apt-get`, without its `-o` options, one a line.
        let aptCalls: [String]
    }

    private let root: URL
    private var bin: URL { root.appending(path: "bin") }

    /// - Parameters:
    ///   - missing: packages that are not installed.
    ///   - unknown: packages that apt has never heard of.
    init(missing: Set<String> = [], unknown: Set<String> = []) throws {
        root = FileManager.default.temporaryDirectory.appending(path: "setup-\(UUID().uuidString)")
        for directory in ["bin", "spare", "missing", "unknown", "installed"] {
            try FileManager.default.createDirectory(
                at: root.appending(path: directory), withIntermediateDirectories: true)
        }
        for name in missing { try write("", to: "missing/\(name)") }
        for name in unknown { try write("", to: "unknown/\(name)") }
        for tool in ["bash", "env", "cp"] { try link(tool) }
        for (name, script) in Self.standIns { try install(name, script) }
        for (command, package) in Self.commands {
            let script = Self.commandStandIns[command] ?? ""
            try writeExecutable(script, to: "spare/\(command)")
            if !missing.contains(package) { try install(command, script) }
        }
        try setUser(0)
        try setSwift("Swift version 6.3.1 (swift-6.3.1-RELEASE)")
    }

    deinit { try? FileManager.default.removeItem(at: root) }

    func setUser(_ identity: Int) throws { try write("\(identity)", to: "user") }

    func setSwift(_ version: String) throws { try write(version, to: "swift-version") }

    /// Makes the system one without `name`.
    func remove(_ name: String) throws {
        try FileManager.default.removeItem(at: bin.appending(path: name))
    }

    /// Makes `sudo` one that lets the user, or one that refuses.
    func addSudo(lets: Bool) throws {
        try install("sudo", lets ? "[[ $1 == -n ]] && shift; \"$@\"" : "exit 1")
    }

    func run(_ arguments: String...) throws -> Outcome {
        let command = try Command(
            Repository.root.appending(path: "Scripts/setup"), arguments, in: root,
            environment: ["PATH": bin.path, "STATE": root.path])
        let calls = (try? String(contentsOf: root.appending(path: "calls"), encoding: .utf8)) ?? ""
        return Outcome(
            status: command.status, output: command.output,
            aptCalls: calls.split(separator: "\n").map(String.init))
    }

    // MARK: - What is on its PATH

    private static let standIns = [
        "dpkg-query": """
        for name in "${@:4}"; do is_there "$name" && echo "ii  $name"; done
        exit 0
        """,
        "apt-cache": #"[[ -e $STATE/unknown/$3 ]] && exit 100; echo "Package: $3""#,
        "apt-get": """
        words=()
        while (($#)); do
            if [[ $1 == -o ]]; then shift; else words+=("$1"); fi
            shift
        done
        echo "${words[*]}" >>"$STATE/calls"
        [[ ${words[0]} == install ]] || exit 0
        for name in "${words[@]:1}"; do
            [[ $name != -* ]] || continue
            [[ ! -e $STATE/unknown/$name ]] || exit 100
            : >"$STATE/installed/$name"
            case $name in gnuplot-nox) name=gnuplot ;; etcd-server) name=etcd ;; binutils*) name=ld.gold ;; esac
            [[ ! -e $STATE/spare/$name ]] || cp -p "$STATE/spare/$name" "$STATE/bin/$name"
        done
        """,
        "id": #"echo "$(<"$STATE/user")""#,
        "swift": #"echo "$(<"$STATE/swift-version")""#,
    ]

    /// Commands, and the packages that bring them.
    private static let commands = [
        "make": "make", "git": "git", "g++": "g++", "ld.gold": "binutils-gold",
        "pkg-config": "pkg-config", "gnuplot": "gnuplot-nox", "fio": "fio",
        "hyperfine": "hyperfine", "redis-server": "redis-server", "etcd": "etcd-server",
        "nats-server": "nats-server", "wrk": "wrk", "valgrind": "valgrind",
        "cargo": "cargo",
        "chromium": "chromium",
    ]

    private static let commandStandIns = [
        // Finds no header but the one that must be there, so that a missing package stays missing.
        "g++": """
        read -r line
        [[ $line == "#include <http_parser.h>" ]] && is_there libhttp-parser-dev
        """,
        "pkg-config": """
        case $2 in liburing | libxxhash) is_there "$2-dev" ;; libcrypto) is_there libssl-dev ;; *) is_there "lib$2-dev" ;; esac
        """,
    ]

    private static let prelude = """
        #!/usr/bin/env bash
        is_there() { [[ ! -e $STATE/missing/$1 || -e $STATE/installed/$1 ]]; }

        """

    private func install(_ name: String, _ script: String) throws {
        try writeExecutable(script, to: "bin/\(name)")
    }

    private func writeExecutable(_ script: String, to path: String) throws {
        try write(Self.prelude + script + "\n", to: path)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: root.appending(path: path).path)
    }

    private func write(_ text: String, to path: String) throws {
        try text.write(to: root.appending(path: path), atomically: false, encoding: .utf8)
    }

    private func link(_ tool: String) throws {
        try FileManager.default.createSymbolicLink(
            at: bin.appending(path: tool), withDestinationURL: URL(filePath: "/usr/bin/\(tool)"))
    }
}
