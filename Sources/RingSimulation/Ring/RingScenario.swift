public import Randomness
public import ShenRing
import Simulation
import StateMachines

/// A ring that changes while nodes crash, links break and views come late and out of order.
///
/// Eight nodes share the ring of up to eight members, whose points fall on 32 positions of the circle so
/// that many collide. One of the nodes gives out versions: joins, leaves, new weights, several at once.
/// Meanwhile keys are looked up at all nodes, written, and copied to where each version wants them,
/// three replicas of each, and shards are assigned under a bound. Nodes lose their data now and then.
///
/// Checked against a ring that is searched from its start:
/// - every lookup at every node is right for the version that the node has; versions are given out once,
///   and no node goes back;
/// - a change moves keys from or to the members that it names, and no others;
/// - a plan moves exactly what has to move; nothing is given up before it is where it belongs; no
///   acknowledged write is lost; in the end everything is where the last version wants it;
/// - no member is above its bound, and shards are where a computation from nothing has them.
public enum RingScenario: Scenario {
    /// `ring`.
    public static let name = "ring"

    /// Runs it for two simulated seconds, or until something is wrong.
    public static func run(seed: Seed, planted: AnkhMistake?) -> ScenarioReport {
        var world = RingWorld(seed: seed, planted: planted)
        world.run()
        return world.report
    }
}

/// How long things take in the scenario, and how many there are.
enum RingScale {
    static let nodes = 8
    static let virtualNodes = 3
    static let replicas = 3
    /// Faults and changes come until then.
    static let busy = Span.milliseconds(1_200)
    /// By then everything has come to rest.
    static let end = Span.milliseconds(2_000)
    static let tick = Span.milliseconds(4)

    static func name(of node: Int) -> NodeName {
        // One name that is no text.
        node == 3 ? NodeName(bytes: [0xFF, 0xFE]) : NodeName("node-\(node)")
    }
}
