import Foundation
import Runs
import StrictYAML
import Testing

@testable import Claims

/// The claims of the four source documents: that all are there, and what the documents alone say.
@Suite struct ProjectClaimsTests {
    private let library: ClaimLibrary
    private let records: [String: VerdictRecord]

    init() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().path
        library = try ClaimLibrary(directory: "\(root)/Workloads/claims")
        let verdicts = Judge(library, facts: Facts()).verdicts(on: [])
        records = Dictionary(uniqueKeysWithValues: verdicts.map { ($0.claim, $0) })
    }

    private func claims(_ verdict: Verdict) -> Set<String> {
        Set(records.values.filter { $0.verdict == verdict }.map(\.claim))
    }

    @Test func `every claim of every document is there once`() {
        let counts = library.documents.map { ($0.name.value, $0.claims.count) }
        #expect(counts.map(\.0) == ["peer-ring", "pharaoh", "shared-nothing", "shen-ring"])
        #expect(counts.map(\.1) == [25, 67, 57, 97])
        #expect(Set(library.claims.map(\.claim.id.value)).count == 246)
        #expect(records.count == 246)
    }

    @Test func `only what is not built says so`() {
        for (_, claim) in library.claims {
            let id = claim.id.value
            let record = records[id]
            #expect(record?.reason.isEmpty == false, "\(id)")
            if case .notBuilt(let part, _) = claim.decision {
                #expect(
                    record?.verdict == .inconsistent
                        || record?.reason.hasPrefix("Not built: \(part).") == true,
                    "\(id): \(record?.reason ?? "")")
            } else {
                #expect(
                    record?.reason.lowercased().contains("not built") == false, "\(id)")
            }
        }
    }

    @Test func `claims on other products wait for them, or say that Debian has none`() {
        for (_, claim) in library.claims where claim.how == .peer {
            switch claim.decision {
            case .evidence(let evidence, _):
                #expect(evidence.workload.value.hasPrefix("peer."), "\(claim.id.value)")
            case .notBuilt(let part, _):
                // The product, or the part of the engine that is to be held against it.
                #expect(
                    ["peer", "discovery", "limiter", "store"].contains(where: part.contains),
                    "\(claim.id.value)")
                #expect(!part.contains("redis"), "\(claim.id.value) waits for what is here")
            case .untestable(let reason, _):
                #expect(
                    ["Kafka", "TiKV"].contains { reason == "Debian has no package of \($0)" },
                    "\(claim.id.value): \(reason)")
            default: Issue.record("\(claim.id.value) is decided otherwise")
            }
        }
    }

    @Test func `what the documents say is set against itself and against arithmetic`() {
        #expect(
            claims(.inconsistent) == [
                "ANKH-EXAMPLE-RANGE", "ANKH-EXAMPLE-REPLICAS", "ANKH-SPEEDUP-500",
                "OURO-FAILOVER-100MS", "PH-14BIT",
                "PH-28B", "PH-DEMAND-1M", "PH-EXAMPLE-ID", "PH-FAILOVER-300MS",
                "PH-ORDER-MS", "PH-ROUTING-DETERMINISTIC", "PH-SCALE-2048", "PH-SEQ-BILLIONS",
                "PH-STATELESS", "PH-TX-CAP-500K", "PR-SPREAD-NO-COST",
                "PY-28B-1024", "PY-LINEAR", "PY-SUBMS", "RING-KAFKA-MECHS", "SHEN-100-WRITERS-15M",
                "SHEN-NO-CONTENTION", "SHEN-PATH-MOSTLY-REPL", "SHEN-STRONG-CONSISTENCY",
                "SN-APP-WORKERS-70", "SUN-FANOUT", "SUN-ROUNDS-3-4", "TAB-DETECT-5-4",
            ])
        #expect(claims(.refuted) == ["ANKH-VNODE-STANDARD"])
        #expect(
            claims(.reproduced) == [
                "ANKH-MODULO-10-11", "ANKH-MODULO-3-4", "CART-SPEEDUP-5",
                "PH-1024-MACHINES", "PH-8.2M", "PH-8.4B", "PH-8192-MS", "PH-BITS-64",
                "PH-DOWNTIME-12-65", "PH-KAFKA-160K", "PH-KAFKA-25000", "PH-RAFT-51200",
                "PH-RANGE-41", "PH-ROUTING-RESIZE", "PH-SATA", "PH-TIKV-550K", "PH-TIKV-7300",
                "PH-TOTAL-4B", "PH-TSO-1024X", "PH-TSO-512M", "PH-TX-KAFKA-5000",
                "PH-TX-TIKV-1000", "PY-4-15X", "PY-EFF-USL-1024", "PY-FAILOVER-15X",
                "SHEN-PATH-SUM", "SHEN-TOKEN-CEILING", "SHEN-WRITES-30X", "SUN-1000-6ROUNDS",
                "SUN-CENTRAL-LOAD", "TAB-LOOKUP-50000", "TAB-STATE-100000", "TAB-TOTAL-4.6",
                "TAB-TRAD-23",
            ])
        #expect(claims(.inconclusive).isEmpty)
        #expect(claims(.extrapolated).isEmpty)
    }

    @Test(arguments: [
        ("SHEN-100-WRITERS-15M", 20_000), ("SUN-1000-6ROUNDS", 6.287_709_8),
        ("PH-EXAMPLE-ID", 844), ("PH-RANGE-41", 69.682_842), ("PH-28B", 4.072e9),
        ("PY-EFF-USL-1024", 90.504_919), ("PH-TX-CAP-500K", 250_000), ("TAB-TRAD-23", 23),
        ("PH-8.4B", 8_388_608_000), ("PH-TIKV-7300", 7272.727_273),
        ("SHEN-PATH-SUM", 5.000_15), ("PH-TOTAL-4B", 4.072e9), ("SUN-CENTRAL-LOAD", 1000),
    ])
    func `calculations come out as by hand`(claim: String, expected: Double) throws {
        let measured = try #require(records[claim]?.measured)
        #expect((measured - expected).magnitude <= 1e-6 * expected, "\(measured)")
    }

    @Test func `an identifier of 64 bits is taken apart as by shifting`() {
        let identifier: UInt64 = 1_234_567_890_123_456_789
        #expect((identifier >> 13) & 0x3FF == 844)
        #expect(identifier & 0x1FFF == 277)
        #expect(identifier >> 23 == 147_171_961_083)
    }
}
