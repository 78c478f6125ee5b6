import Foundation
import Measurement
import Quantities
import Runs
import StrictYAML
import Testing
import Workloads

@testable import Claims

/// The project's own claims, judged without a run and by figures like those of a small machine.
@Suite struct SliceTests {
    private let library: ClaimLibrary

    init() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().path
        library = try ClaimLibrary(directory: "\(root)/Workloads/claims")
    }

    private func verdicts(
        _ figures: [Figure], facts: [String: String] = [:]
    ) -> [String: VerdictRecord] {
        let verdicts = Judge(library, facts: Facts(facts), profiles: ["auto"])
            .verdicts(on: figures)
        return Dictionary(uniqueKeysWithValues: verdicts.map { ($0.claim, $0) })
    }

    @Test func `without a run arithmetic decides, and the rest says what it needs`() {
        let verdicts = verdicts([])
        #expect(verdicts.count == 30)
        let decided = verdicts.filter { $0.value.verdict != .untestable }
        #expect(
            decided.mapValues(\.verdict) == [
                "ANKH-MODULO-10-11": .reproduced, "ANKH-MODULO-3-4": .reproduced,
                "ANKH-EXAMPLE-RANGE": .inconsistent, "PH-SATA": .reproduced,
                "SN-APP-WORKERS-70": .inconsistent,
            ])
        for verdict in verdicts.values { #expect(!verdict.reason.isEmpty) }
    }

    @Test func `figures of this kind of machine give every claim its verdict`() throws {
        let facts = [
            "io-uring": "yes", "kernel": "6.18", "storage": "virtual", "virtualised": "yes",
            "virtual-nodes-default": "160",
        ]
        let verdicts = verdicts(try SliceFigures.all(), facts: facts)
        let refuted = [
            "RING-EVEN-LOAD", "ANKH-VNODE-VARIANCE", "SN-WRITE-100US", "PH-OBELISK-1-2US",
            "PH-OBELISK-500K", "PH-NVME-STANDARD",
        ]
        let inconsistent = ["ANKH-EXAMPLE-RANGE", "SN-APP-WORKERS-70"]
        for (claim, verdict) in verdicts {
            let expected: Verdict =
                refuted.contains(claim)
                ? .refuted : inconsistent.contains(claim) ? .inconsistent : .reproduced
            #expect(verdict.verdict == expected, "\(claim): \(verdict.reason)")
            #expect(!verdict.reason.contains("\n"))
        }
        #expect(
            verdicts["ANKH-VNODE-VARIANCE"]?.reason.contains(
                "It would hold from virtual-nodes=10240 on") == true)
        #expect(
            verdicts["SN-SPSC-80"]?.reason.contains("Elsewhere: smt 25 ns, far 350 ns.") == true)
    }
}
