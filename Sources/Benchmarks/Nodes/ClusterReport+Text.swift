import Quantities

extension ClusterReport {
    /// The report for a reader, lines that end with a newline.
    public var text: String {
        let kept =
            switch durability {
            case "none": "records written to the page cache"
            case "each": "every record synced"
            default: "records synced in groups"
            }
        var lines = [
            "\(nodes) servers of a \(`protocol`) on this machine, \(kept); \(clients) × \(window) writes of "
                + "\(payload) bytes under way, for \(Self.seconds(seconds)), seed \(seed)",
            "",
            "writes      \(writes), \(Int(throughput.rounded())) a second",
        ]
        if let latency {
            lines.append(
                "latency     p50 \(Self.time(latency.p50)), p99 \(Self.time(latency.p99)), "
                    + "max \(Self.time(latency.max))")
        }
        for fault in faults {
            let outage = fault.outage.map { "\(Self.time($0)) to the next answered write" }
            lines.append(
                "\(fault.kind.padding(to: 12))\(fault.role), server \(fault.server), at "
                    + "\(Self.seconds(fault.at)): \(outage ?? "no write was answered since")")
        }
        lines.append("history     \(checked) operations of two more clients, linearizable")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func time(_ nanoseconds: Int64) -> String {
        "\(Nanoseconds(Double(nanoseconds)))"
    }

    private static func seconds(_ seconds: Double) -> String {
        "\((seconds * 100).rounded() / 100) s"
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - count))
    }
}
