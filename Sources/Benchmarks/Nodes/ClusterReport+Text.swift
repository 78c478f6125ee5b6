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
        let place =
            hosts.map { "on " + $0.joined(separator: ", ") }
            ?? ("on this machine"
                + (isolation == "namespace" ? ", each in a network namespace" : ""))
        var lines = [
            "\(nodes) servers of a \(`protocol`) \(place), \(kept); \(clients) × \(window) writes of "
                + "\(payload) bytes under way, for \(Self.seconds(seconds)), seed \(seed)",
            "",
            "transport   " + (transport == "nio" ? "SwiftNIO" : transport)
                + (hasTLS ? ", by TLS" : ""),
            "writes      \(writes), \(Int(throughput.rounded())) a second",
        ]
        if let latency {
            lines.append(
                "latency     p50 \(Self.time(latency.p50)), p99 \(Self.time(latency.p99)), "
                    + "max \(Self.time(latency.max))")
        }
        if let links { lines += links.lines }
        for fault in faults { lines.append(fault.line) }
        if !dropped.isEmpty { lines.append("dropped     \(dropped.text)") }
        lines.append("history     \(checked) operations of two more clients, linearizable")
        return lines.joined(separator: "\n") + "\n"
    }

    fileprivate static func time(_ nanoseconds: Int64) -> String {
        "\(Nanoseconds(Double(nanoseconds)))"
    }

    fileprivate static func seconds(_ seconds: Double) -> String {
        "\((seconds * 100).rounded() / 100) s"
    }
}

extension ClusterReport.Links {
    fileprivate var lines: [String] {
        var words = ["round trip \(ClusterReport.time(roundTrip))"]
        if jitter > 0 { words.append("jitter \(ClusterReport.time(jitter)) each way") }
        if loss > 0 { words.append("\(Presentation.significant(loss * 100)) % lost") }
        if let rate { words.append("\(Quantity(Double(rate), .bytesPerSecond))") }
        let maker = kind == "relay" ? "a relay" : kind
        var lines = ["links       by \(maker): " + words.joined(separator: ", ")]
        if let late {
            lines.append(
                "            late by p50 \(ClusterReport.time(late.p50)), p99 "
                    + "\(ClusterReport.time(late.p99)), max \(ClusterReport.time(late.max)) each way"
                    + (loss > 0 ? "; \(lost ?? 0) segments lost" : ""))
        }
        return lines
    }
}

extension ClusterReport.Fault {
    fileprivate var line: String {
        var words = ["\(kind.padding(to: 12))\(role), server \(server), at"]
        words.append(ClusterReport.seconds(at))
        if let lasted { words.append("for \(ClusterReport.seconds(lasted))") }
        switch direction {
        case "in": words.append("from all that it hears")
        case "out": words.append("from all that hear it")
        default: break
        }
        let outage = outage.map { "\(ClusterReport.time($0)) to the next answered write" }
        var line = words.joined(separator: " ") + ": \(outage ?? "no write was answered since")"
        if let returnedAs, let returnedAfter {
            line += "; \(returnedAs) again \(ClusterReport.time(returnedAfter)) after its start"
        } else if kind == "kill", lasted != nil {
            line += "; it has no place again"
        }
        return line
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - count))
    }
}
