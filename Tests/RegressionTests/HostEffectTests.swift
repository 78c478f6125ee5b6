import Foundation
import Hardware
import Randomness
import Runs
import Testing

@testable import Regression

/// What `doctor` keeps of a machine, and when it does not hold.
@Suite struct HostEffectTests {
    private let directory = NSTemporaryDirectory() + "nilometer-state-\(UUID().uuidString)"
    private var store: HostEffectStore { HostEffectStore(directory: directory) }

    private func kept(machine: String? = "abc") throws -> HostEffect {
        let ratios = (0..<50).map { fork in [1 + 0.002 * Double(fork % 5 - 2)] }
        return HostEffect(
            try DetectableEffect(from: ratios, rule: ComparisonRule(seed: Seed(1)), draws: 100),
            workload: "calibration.slowdown", processingUnits: [2, 3],
            fingerprint: MadeUp.fingerprint, tool: "0.1.0", date: "2026-01-02T03:04:05Z",
            machine: machine)
    }

    private func reason(
        _ fingerprints: [Fingerprint] = [MadeUp.fingerprint], machine: String? = "abc"
    ) -> String? {
        if case .ignored(let reason) = store.find(for: fingerprints, machine: machine) {
            return reason
        }
        return nil
    }

    @Test func `what is kept is found again on the same machine`() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        guard case .none = store.find(for: [MadeUp.fingerprint]) else {
            Issue.record("found without a file")
            return
        }
        let kept = try kept()
        try store.save(kept)
        guard case .found(let found) = store.find(for: [MadeUp.fingerprint], machine: "abc") else {
            Issue.record("not found: \(reason() ?? "")")
            return
        }
        #expect(found == kept)
        #expect(found.effect.refusal(of: found.effect.effect / 2) != nil)
    }

    @Test func `a file that does not hold is ignored with the reason`() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try store.save(try kept())
        #expect(reason(machine: "other")?.contains("of another machine") == true)
        #expect(reason(machine: nil)?.contains("this machine has no machine-id") == true)
        var changed = MadeUp.fingerprint
        changed.usableCores = 64
        for sides in [[changed], [changed, MadeUp.fingerprint], [MadeUp.fingerprint, changed]] {
            #expect(reason(sides)?.contains("usable cores: 2, not 64") == true)
        }
        let text = try String(contentsOfFile: store.path, encoding: .utf8)
        for (old, new, named) in [
            ("nilometer/host-effect/2", "nilometer/host-effect/9", "host-effect/9"),
            ("\"method\" : \(Manifest.currentMethod)", "\"method\" : 1", "by method 1"),
            ("\"tool\"", "\"tol\"", "does not hold an effect"),
            ("{", "", "no JSON document"),
        ] {
            try text.replacingOccurrences(of: old, with: new)
                .write(toFile: store.path, atomically: true, encoding: .utf8)
            #expect(reason()?.contains(named) == true, "\(new): \(reason() ?? "")")
            #expect(reason()?.contains(store.path) == true)
        }
    }

    @Test func `where no machine is known, nothing that was kept is of this one`() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try store.save(try kept(machine: nil))
        #expect(reason(machine: nil)?.contains("no machine-id") == true)
        #expect(reason()?.contains("no machine-id to know it by") == true)
    }

    @Test func `what was removed is found no more`() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        #expect(try store.remove() == false)
        try store.save(try kept())
        #expect(try store.remove() == true)
        guard case .none = store.find(for: [MadeUp.fingerprint], machine: "abc") else {
            Issue.record("still found")
            return
        }
    }

    @Test func `the directory is the one that the environment names`() {
        func path(_ environment: [String: String]) -> String? {
            HostEffectStore(environment: environment)?.path
        }
        #expect(
            path(["XDG_STATE_HOME": "/s", "HOME": "/h"])
                == "/s/nilometer/detectable-effect.json")
        let usual = "/h/.local/state/nilometer/detectable-effect.json"
        #expect(path(["HOME": "/h"]) == usual)
        #expect(path(["XDG_STATE_HOME": "relative", "HOME": "/h"]) == usual)
        #expect(path([:]) == nil)
    }

    @Test func `a directory that cannot be made is named`() throws {
        let store = HostEffectStore(directory: "/dev/null/state")
        let kept = try kept()
        let error = #expect(throws: RunError.self) { try store.save(kept) }
        #expect(error?.description.contains("/dev/null/state") == true)
    }
}
