import Glibc
import Hardware
import Synchronization

/// Where learnt configurations are kept: a file a workload and machine, in
/// `$XDG_STATE_HOME/nilometer/learnt`, or below `~/.local/state` where that variable is no absolute
/// path (XDG Base Directory Specification 0.8).
///
/// A file is replaced as a whole and durably: whoever reads sees the old one or the new one. What
/// cannot be read is not used, and told.
public struct LearntStore: Sendable {
    /// The directory; made when something is first saved.
    public let directory: String
    private var files = SystemDurableFiles()

    /// The store in `directory`.
    public init(directory: String) { self.directory = directory }

    /// The store that the environment names; nil where it names no directory.
    public init?() {
        let state = Self.variable("XDG_STATE_HOME") ?? ""
        let home = Self.variable("HOME") ?? ""
        if state.hasPrefix("/") {
            self.init(directory: "\(state)/nilometer/learnt")
        } else if home.hasPrefix("/") {
            self.init(directory: "\(home)/.local/state/nilometer/learnt")
        } else {
            return nil
        }
    }

    /// A file that is not used, and why.
    public struct Rejection: Sendable, Equatable, CustomStringConvertible {
        /// Its path.
        public let path: String
        /// Why.
        public let flaw: LearntConfiguration.Flaw

        /// One line for a person.
        public var description: String { "\(path): \(flaw)" }
    }

    /// What was learnt on a machine.
    public struct Findings: Sendable, Equatable {
        /// By the name of the workload.
        public var configurations: [LearntConfiguration] = []
        /// What is not used.
        public var rejected: [Rejection] = []

        /// Nothing.
        public init() {}
    }

    /// Keeps `configuration` in place of what was kept for its workload and machine.
    public mutating func save(
        _ configuration: LearntConfiguration
    ) throws(DurableFileError) {
        let path = self.path(of: configuration)
        try makeDirectory(directory)
        removeLeftovers(of: path)
        // Its own name for each thread and process, so that none writes into another's file.
        let number = Self.saves.add(1, ordering: .relaxed).newValue
        try files.replace(
            path, by: Array(configuration.text.utf8),
            through: "\(path).\(getpid()).\(number).new", in: directory)
    }

    /// How often this process has saved.
    private static let saves = Atomic(0)

    /// Removes what processes that were killed in the middle of a save have left of `path`.
    private func removeLeftovers(of path: String) {
        let start = path.split(separator: "/").last.map { "\($0)." } ?? path
        for name in ((try? files.list(directory)) ?? []).sorted()
        where name.hasPrefix(start) && name.hasSuffix(".new") {
            let owner = name.dropFirst(start.count).prefix { $0 != "." }
            // Signal 0 asks whether there is such a process, and does nothing to it.
            guard let process = Int32(owner), process > 0, kill(process, 0) != 0, errno == ESRCH
            else { continue }
            try? files.remove("\(directory)/\(name)")
        }
    }

    /// What was learnt on the machine with this digest, or on any where it is nil. Nothing where
    /// the directory is not there.
    ///
    /// - Throws: `DurableFileError` where it is and cannot be listed.
    public func find(machine: String?) throws(DurableFileError) -> Findings {
        var findings = Findings()
        guard Self.exists(directory) else { return findings }
        for name in try files.list(directory).sorted() where name.hasSuffix(".learnt") {
            let path = "\(directory)/\(name)"
            do throws(LearntConfiguration.Flaw) {
                let found = try read(path)
                if machine == nil || machine == found.machine {
                    findings.configurations.append(found)
                }
            } catch {
                findings.rejected.append(Rejection(path: path, flaw: error))
            }
        }
        findings.configurations.sort { ($0.workload, $0.machine) < ($1.workload, $1.machine) }
        return findings
    }

    /// Where the configuration is kept.
    public func path(of configuration: LearntConfiguration) -> String {
        path(workload: configuration.workload, machine: configuration.machine)
    }

    func path(workload: String, machine: String) -> String {
        let readable = String(
            workload.prefix(40)
                .map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") ? $0 : "_" })
        let digest = LearntConfiguration.hexadecimal(
            LearntConfiguration.hash("\(workload)\n\(machine)"))
        return "\(directory)/\(readable).\(digest).learnt"
    }

    private func read(_ path: String) throws(LearntConfiguration.Flaw) -> LearntConfiguration {
        let bytes: [UInt8]
        do throws(DurableFileError) {
            bytes = try files.read(path)
        } catch {
            throw .unreadable(error)
        }
        return try LearntConfiguration(parsing: String(decoding: bytes, as: UTF8.self))
    }

    /// Makes the directory and those above it.
    private func makeDirectory(_ path: String) throws(DurableFileError) {
        if path.isEmpty || Self.exists(path) { return }
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) }
        if let parent { try makeDirectory(parent) }
        // SAFETY: the path is copied by the kernel. Another process may have made it meanwhile.
        guard unsafe mkdir(path, 0o700) == 0 else {
            if errno == EEXIST { return }
            throw DurableFileError(.create, path, SystemError(errno))
        }
        // A directory is durable when its name is, which stands in the one above.
        let above = parent.map { $0.isEmpty ? "/" : $0 } ?? "."
        try files.syncDirectory(above)
    }

    private static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    private static func variable(_ name: String) -> String? {
        // SAFETY: the text is copied at once.
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }
}
