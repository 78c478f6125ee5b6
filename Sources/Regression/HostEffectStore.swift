import Foundation
public import Hardware
import Runs

/// The smallest effect that comparisons can show on this machine, as `doctor` measured it: kept between
/// commands, so that `compare` and `regress` refuse thresholds below it.
public struct HostEffect: Codable, Hashable, Sendable {
    /// The schema that this version writes and reads.
    public static let currentSchema = "nilometer/host-effect/2"

    /// The schema.
    public let schema: String
    /// Version of the methods of measurement and analysis.
    public let method: Int
    /// Version of the tool that measured.
    public let tool: String
    /// When it was measured, ISO 8601 in UTC.
    public let date: String
    /// What tells this machine from others, as a digest of its identifier that tells nothing else; `nil`
    /// where it has none: nobody can say then where it was measured, and it is not used.
    public let machine: String?
    /// The facts of the machine that must agree.
    public let fingerprint: Fingerprint
    /// The processing units that the processes were bound to: others may be noisier.
    public let processingUnits: [Int]
    /// What was compared with itself.
    public let workload: String
    /// The effect.
    public let effect: DetectableEffect

    /// An effect that was measured at `date` on the machine with these facts.
    public init(
        _ effect: DetectableEffect, workload: String, processingUnits: [Int],
        fingerprint: Fingerprint, tool: String, date: String,
        machine: String? = HostEffectStore.thisMachine
    ) {
        schema = HostEffect.currentSchema
        method = Manifest.currentMethod
        self.effect = effect
        self.workload = workload
        self.processingUnits = processingUnits
        self.fingerprint = fingerprint
        self.tool = tool
        self.date = date
        self.machine = machine
    }
}

/// The file that keeps it: `$XDG_STATE_HOME/nilometer/detectable-effect.json`, or below
/// `~/.local/state` where that variable is not set (XDG Base Directory Specification 0.8).
public struct HostEffectStore: Sendable {
    /// Path of the file.
    public let path: String

    /// The store in `directory`.
    public init(directory: String) { path = "\(directory)/detectable-effect.json" }

    /// The store that `environment` names; `nil` when it names no directory: a relative path counts for
    /// none, as the specification has it.
    public init?(environment: [String: String] = ProcessInfo.processInfo.environment) {
        let named = environment["XDG_STATE_HOME"] ?? ""
        let home = environment["HOME"] ?? ""
        if named.hasPrefix("/") {
            self.init(directory: "\(named)/nilometer")
        } else if home.hasPrefix("/") {
            self.init(directory: "\(home)/.local/state/nilometer")
        } else {
            return nil
        }
    }

    /// A digest of the machine's identifier (machine-id(5), which asks that it is not used as it is).
    public static var thisMachine: String? {
        guard let data = FileManager.default.contents(atPath: "/etc/machine-id") else { return nil }
        let text = String(decoding: data, as: UTF8.self).filter(\.isHexDigit)
        guard text.count == 32 else { return nil }
        return String(SHA256.hexadecimal(of: Array("nilometer \(text)".utf8)).prefix(16))
    }

    /// Keeps `effect`, in place of what was kept before.
    public func save(_ effect: HostEffect) throws(RunError) {
        let directory = (path as NSString).deletingLastPathComponent
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw .system(
                operation: "create the directory", path: directory,
                reason: error.localizedDescription)
        }
        try RunFiles.writeJSON(effect, to: path)
    }

    /// Removes what is kept; gives whether there was anything.
    public func remove() throws(RunError) -> Bool {
        guard FileManager.default.fileExists(atPath: path) else { return false }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw .system(operation: "remove", path: path, reason: error.localizedDescription)
        }
        return true
    }

    /// What is kept, and why it does not hold.
    public enum Finding: Sendable {
        /// There is none.
        case none
        /// It is of this machine.
        case found(HostEffect)
        /// It cannot be used, and why.
        case ignored(reason: String)
    }

    private struct SchemaTag: Decodable { let schema: String }

    /// What is kept for comparisons of runs of machines with these facts: all must be this one, as far as
    /// its facts tell.
    ///
    /// - Parameter machine: what tells this machine from others.
    public func find(
        for fingerprints: [Fingerprint], machine: String? = HostEffectStore.thisMachine
    ) -> Finding {
        guard FileManager.default.fileExists(atPath: path) else { return .none }
        func ignored(_ reason: String) -> Finding {
            .ignored(reason: "'\(path)' is ignored: \(reason)")
        }
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            return ignored("it cannot be read: \(error.localizedDescription)")
        }
        guard let tag = try? JSONDecoder().decode(SchemaTag.self, from: data) else {
            return ignored("it is no JSON document with a schema")
        }
        guard tag.schema == HostEffect.currentSchema else {
            return ignored(
                "it has schema '\(tag.schema)', expected '\(HostEffect.currentSchema)'")
        }
        guard let kept = try? JSONDecoder().decode(HostEffect.self, from: data),
            kept.effect.effect >= 0, kept.effect.effect.isFinite
        else { return ignored("it does not hold an effect") }
        guard kept.method == Manifest.currentMethod else {
            return ignored(
                "it was measured by method \(kept.method), this is \(Manifest.currentMethod)")
        }
        guard let machine else {
            return ignored("this machine has no machine-id that would tell it from others")
        }
        guard let owner = kept.machine else {
            return ignored("the machine that measured it had no machine-id to know it by")
        }
        guard owner == machine else { return ignored("it is of another machine") }
        for fingerprint in fingerprints {
            let differences = kept.fingerprint.differences(from: fingerprint)
            guard differences.isEmpty else {
                return ignored(
                    "what is compared was measured on a machine that differs: "
                        + differences.map(\.description).joined(separator: "; "))
            }
        }
        return .found(kept)
    }
}
