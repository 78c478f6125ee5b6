import ShenRing
import StateMachines

/// The ring done dumbly, apart from the ring that is tested: every point in one sorted list, which is
/// searched from its start, and members compared by their names.
struct RingOracle {
    /// What the ring is made of.
    let view: RingView
    /// All members in the order in which they are met from each probe.
    private let walks: [[NodeName]]

    /// How many positions of the circle points fall on in scenarios: few, so that many points share one.
    static let places: UInt64 = 32
    private static let spacing: UInt64 = .max / places + 1

    /// The ring of `view` where points fall on `places` positions.
    init(_ view: RingView) {
        self.view = view
        var points: [(position: UInt64, name: NodeName)] = []
        for member in view.members {
            for number in 0..<UInt32(member.weight * view.virtualNodes) {
                let suffix = (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * UInt32($0))) }
                points.append((RingOracle.position(of: member.name.bytes + suffix), member.name))
            }
        }
        points.sort { ($0.position, $0.name) < ($1.position, $1.name) }
        walks = RingOracle.probes.map { RingOracle.walk(from: $0, over: points) }
    }

    /// The distinct members met clockwise from a position.
    private static func walk(
        from position: UInt64, over points: [(position: UInt64, name: NodeName)]
    ) -> [NodeName] {
        var found: [NodeName] = []
        for isBefore in [false, true] {
            for point in points where (point.position < position) == isBefore {
                if !found.contains(point.name) { found.append(point.name) }
            }
        }
        return found
    }

    /// Where a point falls whose bytes are `encoded`.
    static func position(of encoded: [UInt8]) -> UInt64 {
        // Sound: the bytes of an array of bytes.
        KeyHash.position(of: unsafe encoded.span.bytes) / spacing * spacing
    }

    /// Every position at which a key's owner could be another than that of the one before, and those
    /// beside them.
    static let probes: [UInt64] = (0..<places).flatMap { [$0 * spacing, $0 * spacing &+ 1] }

    /// The distinct members met clockwise from a position, which is one of `probes`; at most `count`.
    func replicas(of position: UInt64, count: Int) -> [NodeName] {
        let place = 2 * (position / RingOracle.spacing)
        let offset = position % RingOracle.spacing
        precondition(offset <= 1, "\(position) is no probe")
        return Array(walks[Int(place + offset)].prefix(count))
    }

    /// Who owns a position, which is one of `probes`.
    func owner(of position: UInt64) -> NodeName { replicas(of: position, count: 1)[0] }
}
