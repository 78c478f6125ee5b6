import Measurement
import Quantities
import Statistics

/// Turns the windows of processes that count together into series over their number.
struct ScalingAnalysis {
    private let windows: [CounterCrew.Window]
    private let units: Int
    private let parameters: ParameterSet

    /// An analysis of `windows` on so many processing units; figures carry `parameters`,
    /// `contender=`, `durability-class=` and `processes=`.
    init(_ windows: [CounterCrew.Window], units: Int, parameters: ParameterSet) {
        self.windows = windows
        self.units = units
        self.parameters = parameters
    }

    /// Records the figures of counter number `counter` for every number of processes.
    func record(
        counter: Int, as name: String, durability: String, _ counts: [Int],
        into recorder: inout Recorder
    ) {
        let own = windows.filter { $0.counter == counter }
        let shared = parameters.with("contender", name).with("durability-class", durability)
        let single = Dictionary(
            own.filter { $0.processes == 1 }.map { ($0.round, $0.throughput) },
            uniquingKeysWith: { first, _ in first })
        for count in counts {
            let (warmup, steady, doubts) = split(own.filter { $0.processes == count })
            let parameters = shared.with("processes", "\(count)")
            recorder.record(
                "throughput", parameters, samples: steady.map(\.throughput),
                warmup: warmup.map(\.throughput), doubts: doubts)
            let efficiencies = steady.compactMap { window in
                single[window.round].flatMap { one in
                    one > 0 ? window.throughput / (one * Double(count)) : nil
                }
            }
            if count > 1, !efficiencies.isEmpty {
                recorder.record("efficiency", parameters, samples: efficiencies, doubts: doubts)
            }
            recorder.record(
                "evenness", parameters, samples: steady.map(\.evenness), doubts: doubts)
            recorder.record(
                "busy", parameters, samples: steady.map { $0.busy(on: units) }, doubts: doubts)
            recorder.record(
                "per-unit", parameters, samples: [Double((count + units - 1) / units)])
        }
        if let limit = limit(of: own) { recorder.note("\(name): \(limit)") }
    }

    /// The windows before and after the throughput was steady, and what there is to doubt: as for
    /// other syncs, steadiness is asked for within 5 %. A process that comes late where each has a
    /// processing unit of its own was kept from working by something else.
    private func split(
        _ windows: [CounterCrew.Window]
    ) -> (warmup: [CounterCrew.Window], steady: [CounterCrew.Window], doubts: [String]) {
        var parts: (warmup: [CounterCrew.Window], steady: [CounterCrew.Window], doubts: [String])
        switch SteadinessTest(tolerance: 0.05).verdict(on: windows.map(\.throughput)) {
        case .steady(let index): parts = (Array(windows[..<index]), Array(windows[index...]), [])
        case .never(.tooFewSamples):
            parts = ([], windows, ["too few windows to tell steadiness"])
        case .never: parts = ([], windows, ["never steady"])
        }
        let late = parts.steady.filter {
            $0.processes <= units && $0.lateness > $0.length * CounterCrew.runUp
        }
        // One window in a hundred does not move a median.
        if late.count * 100 > parts.steady.count {
            parts.doubts.append("processes began late in \(late.count) windows")
        }
        return parts
    }

    /// What limits the largest number of processes, by how long they were on the processing units.
    private func limit(of windows: [CounterCrew.Window]) -> String? {
        guard let most = windows.map(\.processes).max() else { return nil }
        let shares = windows.filter { $0.processes == most }.map { $0.busy(on: units) }.sorted()
        let middle = shares[shares.count / 2]
        let processes = "\(most) process\(most == 1 ? "" : "es")"
        switch middle {
        case 0.9...: return "the processing units limit \(processes): they were never idle"
        case ..<0.5:
            return "what is waited for limits \(processes): they used less than half of the "
                + "processing units' time"
        default: return "processing units and what is waited for both limit \(processes)"
        }
    }
}
