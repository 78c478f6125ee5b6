import Glibc
public import ShenRing

/// What theory says of how news spreads in rounds: every node that has it calls `fanout` distinct others
/// in each round, chosen at random, and all calls of a round happen at once.
///
/// Beside the simulation, not in its place: in the protocol nodes are not in step, messages are lost, and
/// nobody tells the same news for ever.
public struct EpidemicModel: Hashable, Sendable {
    /// How many nodes, at least 1.
    public let nodes: Int
    /// How many of the others each calls in a round, from 1; all of them where there are not as many.
    public let fanout: Int
    /// Which way news goes in a call.
    public let direction: GossipDirection

    /// A model of a cluster.
    public init(nodes: Int, fanout: Int, direction: GossipDirection) throws(SundialError) {
        guard nodes >= 1 else {
            throw SundialError(setting: "nodes", found: "\(nodes)", expected: "1 or more")
        }
        guard fanout >= 1 else {
            throw SundialError(setting: "fanout", found: "\(fanout)", expected: "1 or more")
        }
        self.nodes = nodes
        self.fanout = min(fanout, max(1, nodes - 1))
        self.direction = direction
    }

    /// The rounds after which all have the news, up to a term that does not grow with the nodes.
    ///
    /// - Push: log_{f+1} n + (ln n)/f. The number of those who know grows by f + 1 while they are few,
    ///   and those left shrink by e^f when they are. Pittel, "On spreading a rumor", SIAM J. Appl. Math.
    ///   47(1), 1987, proves it for f = 1.
    /// - Push and pull: log_{2f+1} n + log_{f+1} ln n. Those who know call f and are called by f; at the
    ///   end a node stays without only if all that it calls are without as well. Karp, Schindelhauer,
    ///   Shenker, Vöcking, "Randomized rumor spreading", FOCS 2000, for f = 1; Demers et al., PODC
    ///   1987, for the shrinking.
    public var rounds: Double {
        guard nodes > 1 else { return 0 }
        let (n, f) = (Double(nodes), Double(fanout))
        return switch direction {
        case .push: log(n) / log(f + 1) + log(n) / f
        case .pushPull: log(n) / log(2 * f + 1) + max(0, log(max(1, log(n))) / log(f + 1))
        }
    }

    /// How many have the news after each round, from round 0, by the mean alone: each round is taken to
    /// do what it does on average, until less than half a node is left.
    public var meanCurve: [Double] {
        let n = Double(nodes)
        var without = n - 1
        var curve = [1.0]
        while without >= 0.5 {
            let missed = pow(1 - Double(fanout) / (n - 1), n - without)
            let pulled = direction == .push ? 1 : allWithout(without)
            without *= missed * pulled
            curve.append(n - without)
        }
        return curve
    }

    /// The chance that all whom a node calls are without the news, as it is, of so many.
    private func allWithout(_ without: Double) -> Double {
        var chance = 1.0
        for call in 0..<fanout {
            chance *= max(0, without - 1 - Double(call)) / Double(nodes - 1 - call)
        }
        return chance
    }

    /// The chance that all have the news after each round, from round 0, until it is within 10⁻⁹ of 1.
    ///
    /// Exact, for push alone: a Markov chain over the number of those who know. In a round they call one
    /// after the other, which changes nothing, and each call hits as many of those without as a
    /// hypergeometric draw does. States less likely than 10⁻¹⁵ are left out.
    ///
    /// - Complexity: O(n³·f) a round at most; a second or so for 1 000 nodes.
    /// - Returns: nil for push and pull, which has no chain that small.
    public var pushDistribution: [Double]? {
        guard direction == .push else { return nil }
        let hits = HitTable(nodes: nodes, fanout: fanout)
        // By how many are without.
        var chances = [Double](repeating: 0, count: nodes)
        chances[nodes - 1] = 1
        var finished = [chances[0]]
        while (finished.last ?? 1) < 1 - 1e-9 {
            var after = [Double](repeating: 0, count: nodes)
            for (without, chance) in chances.enumerated() where chance > 1e-15 {
                hits.round(callers: nodes - without, without: without, weight: chance, into: &after)
            }
            chances = after
            finished.append(chances[0])
        }
        return finished
    }
}

/// How many of those without the news a call reaches.
private struct HitTable {
    /// By how many are without, then by how many of them are hit.
    private let chances: [[Double]]
    private let fanout: Int

    init(nodes: Int, fanout: Int) {
        self.fanout = fanout
        chances = (0..<nodes).map { without in
            // Drawn one after the other, none twice.
            var row = [1.0] + [Double](repeating: 0, count: fanout)
            for drawn in 0..<min(fanout, nodes - 1) {
                let left = Double(nodes - 1 - drawn)
                var next = [Double](repeating: 0, count: fanout + 1)
                for hit in 0...drawn where row[hit] > 0 {
                    let chance = Double(max(0, without - hit)) / left
                    next[hit + 1] += row[hit] * chance
                    next[hit] += row[hit] * (1 - chance)
                }
                row = next
            }
            return row
        }
    }

    /// Adds what a round leads to: `callers` calls, one after the other.
    func round(callers: Int, without: Int, weight: Double, into after: inout [Double]) {
        var chances = [Double](repeating: 0, count: without + 1)
        chances[without] = weight
        var least = without
        for _ in 0..<callers {
            var next = [Double](repeating: 0, count: without + 1)
            for state in least...without where chances[state] > 1e-18 {
                for hit in 0...min(fanout, state) {
                    next[state - hit] += chances[state] * self.chances[state][hit]
                }
            }
            chances = next
            least = max(0, least - fanout)
        }
        for state in 0...without { after[state] += chances[state] }
    }
}
