import Foundation
import Measurement
import Quantities
import Runs
import StrictYAML
import Testing
import Workloads

@testable import Claims

/// The project's own claims, judged by figures like those of a small machine.
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

    @Test func `figures of this kind of machine give every claim its verdict`() throws {
        let facts = [
            "gossip-period-default": "1 s", "io-uring": "yes", "kernel": "6.18", "numa-nodes": "1",
            "storage": "virtual",
            "virtual-nodes-default": "160", "virtualised": "yes",
        ]
        let verdicts = verdicts(try SliceFigures.all(), facts: facts)
        let refuted = [
            "RING-EVEN-LOAD", "ANKH-VNODE-VARIANCE", "SN-WRITE-100US", "PH-OBELISK-1-2US",
            "PH-OBELISK-500K", "PH-NVME-STANDARD", "ANKH-INFINITE-SCALE", "PR-EVEN",
            "ANKH-CENTRAL-THROUGHPUT", "PH-OBELISK-SIZE", "PH-TIME-ORDERED", "SN-READ-50US",
            "ANKH-NO-COORDINATION", "SUN-DETECT-1000", "SUN-DETECT-FAULT", "SUN-LOAD-3",
            "SUN-O1-LOAD",
            "CART-LATENCY", "CART-MUTEX", "CART-TOKEN-1M", "PH-PARTITION-AVAILABLE",
            "OURO-60PCT", "OURO-MAJORITY-CONTINUES", "OURO-GEO-READ", "SHEN-PARTITION-BOTH",
            "PH-ETCD-10K", "PH-KAFKA-ZK-10K", "TAB-TRAD-STATE-50K", "OURO-RAFT-TPUT",
            "CART-ZK-LIMIT-10K", "OURO-TPUT-800K", "PH-ELECTION-2-5S", "PH-RESTORE-10-60S",
            "PH-RAFT-PARTITION", "SN-HTTP-P50", "PY-WRITE-15.2M", "PY-READ-45.2M",
        ]
        let extrapolated = [
            "PH-TX-512M", "PH-SESS-512M", "PH-CG-512M", "PH-SCHEMA-512M", "PH-CDC-512M",
            "OURO-RAFT-WRITE", "OURO-RAFT-READ", "CART-ZK-LATENCY", "SHEN-WRITES-15M",
        ]
        // Two networks are assumed, and it is they that decide.
        let open = ["ANKH-CENTRAL-LATENCY"]
        let judged = verdicts.filter { $0.value.basis == .measured }
        #expect(judged.count == 134)
        #expect(!verdicts.values.contains { $0.basis == .unmeasured })
        for (claim, verdict) in judged {
            let expected: Verdict =
                refuted.contains(claim)
                ? .refuted
                : extrapolated.contains(claim)
                    ? .extrapolated : open.contains(claim) ? .inconclusive : .reproduced
            #expect(verdict.verdict == expected, "\(claim): \(verdict.reason)")
            #expect(!verdict.reason.contains("\n"))
        }
        #expect(
            verdicts["ANKH-VNODE-VARIANCE"]?.reason.contains(
                "It would hold from virtual-nodes=10240 on") == true)
        for (claim, condition) in [
            ("CART-LATENCY", "It would hold up to rtt=200us"),
            ("CART-TOKEN-1M", "It would hold up to rtt=1us"),
            ("CART-MUTEX", "It would hold with contender=nilometer"),
            ("SUN-DETECT-1000", "It would hold up to silence=2 with nodes=100"),
            ("PH-PARTITION-AVAILABLE", "It would hold from preferences=8 on"),
            ("PH-ELECTION-2-5S", "It would hold from election-timeout=2s on"),
        ] {
            let reason = verdicts[claim]?.reason ?? ""
            #expect(reason.contains(condition), "\(claim): \(reason)")
        }
        #expect(
            verdicts["PH-SESS-512M"]?.reason.contains("costs nothing else, it would not hold.")
                == true)
        #expect(
            verdicts["SN-SPSC-80"]?.reason.contains("Elsewhere: smt 25 ns, far 350 ns.") == true)
    }
}
