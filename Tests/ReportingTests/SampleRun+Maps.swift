import Measurement
import Quantities

@testable import Runs

extension SampleRun {
    /// A map of a machine with sockets of eight units, siblings side by side.
    mutating func addMap(units: Int, quality: String = "ok") {
        let name = "machine.core-to-core"
        plan(
            name,
            [
                MetricSpecification(
                    "transfer", .nanoseconds, .lower, .sampled, "Half a round trip of a line.")
            ])
        for from in 0..<units {
            for to in (from + 1)..<max(units, from + 1) {
                let (relation, center) =
                    from / 2 == to / 2
                    ? ("smt-siblings", 27.0)
                    : from / 8 == to / 8 ? ("shared-l3", 64) : ("cross-node", 281)
                add(
                    SampleRun.key(
                        name, "transfer",
                        [("from", "\(from)"), ("relation", relation), ("to", "\(to)")]), "ns",
                    "median", center * (1 + 0.05 * uniform()),
                    quality: from == 0 && to == 3 ? quality : "ok")
            }
        }
    }

    /// Rates that follow the law, as `processes` of each count would give them.
    mutating func addScaling(
        _ counts: [Int] = [1, 2, 4, 8, 16], contention: Double = 0.05, coherency: Double = 0.002,
        parameter: String = "processes", contenders: [String] = ["nilometer"]
    ) {
        let name = "storage.append.scaling"
        plan(name, [.throughput], contenders: contenders)
        for (index, contender) in contenders.enumerated() {
            for count in counts {
                let n = Double(count)
                let rate =
                    2000.0 * Double(index + 1) * n
                    / (1 + contention * (n - 1) + coherency * n * (n - 1))
                addSampled(
                    SampleRun.key(
                        name, "throughput",
                        [(parameter, "\(count)"), ("contender", contender)]), "ops/s",
                    center: rate, spread: 0.01)
            }
        }
    }
}
