import Measurement
import Quantities
import Randomness
import Simulation
import StateMachines

/// What parameters make of a simulated cluster's network, and which make none.
enum SimulatedCluster {
    /// A network whose messages take half of `rtt`, a fifth more or less, and are lost as `loss` says.
    static func network(of context: ForkContext) -> NetworkConditions {
        let oneWay = context.span("rtt") / 2
        return NetworkConditions(
            delay: .uniform(oneWay.scaled(by: 0.8), oneWay.scaled(by: 1.2)),
            loss: context.number("loss"))
    }

    /// What is wrong where a round trip takes more than a share of the parameter `period`: a protocol
    /// whose own timers run out before answers can come would be blamed for its network.
    static func slowNetwork(
        _ parameters: ParameterSet, period: String, most: String, share: Double
    ) -> String? {
        guard let rtt = time("rtt", parameters), let length = time(period, parameters),
            rtt.rawValue * 1.2 > length.rawValue * share
        else { return nil }
        return
            "rtt is \(rtt) and \(period) \(length); expected a round trip at most \(most), with a "
            + "fifth to spare"
    }

    private static func time(_ name: String, _ parameters: ParameterSet) -> Nanoseconds? {
        parameters[name].flatMap { try? Nanoseconds(parsing: $0) }
    }
}

/// A simulated run that did not come to what it is measured by.
struct UnfinishedRun: Error, CustomStringConvertible {
    let description: String

    /// Says what did not happen in the run from `seed`.
    init(_ what: String, seed: Seed) { description = "\(what), in the run from seed \(seed)" }
}
