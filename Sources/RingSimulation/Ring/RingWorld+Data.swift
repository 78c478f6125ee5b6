import Randomness
import ShenRing
import Simulation
import StateMachines

/// What the simulator's clock and faults do to the data.
extension RingWorld {
    /// Begins the copies that may be begun now; each ends at an alarm of its own.
    mutating func beginCopies() {
        for token in data.beginCopies() {
            let length = Span.microseconds(2_000 + Int64(generator.next(below: 15_000)))
            simulator.alarm(token, at: simulator.now + length)
        }
    }

    /// A copy has ended, one way or the other.
    mutating func endCopy(_ token: Int) {
        data.endCopy(token, up: up)
        for violation in data.violations { violate(violation) }
        beginCopies()
    }

    /// Writes a key to all that are to have it; where one of these is away, it is not written.
    mutating func write() {
        if data.write(up: up) { report.operations += 1 }
    }

    /// A node loses all its data, if the others have enough of it.
    mutating func loseData() {
        let name = RingScale.name(of: Int(generator.next(below: UInt64(RingScale.nodes))))
        guard data.lose(name) else { return }
        report.faults += 1
        for violation in data.violations { violate(violation) }
        nextChange = simulator.now
    }

    /// Those whose processes run.
    private var up: Set<NodeName> {
        let running = (0..<RingScale.nodes).filter { simulator.runs(NodeID(place: $0)) }
        return Set(running.map(RingScale.name))
    }
}
