import Quantities

/// How near two cores were found to be, by the round trip of a cache line between them.
///
/// On a virtual machine the host moves virtual cores between hardware threads while a run goes
/// on; the classes keep figures apart that were taken in different placements.
public enum Placement: String, Codable, Sendable, CaseIterable {
    /// Hardware threads of one core: under 75 ns a round trip.
    case smt
    /// Cores that share their last-level cache: 75 to 250 ns.
    case l3
    /// Cores without a common cache: above 250 ns.
    case far
    /// The two floor probes around the window fell in different classes: the cores were moved
    /// while the window ran, so its figure belongs to neither.
    case moved

    /// The class of a load-polling round trip of `nanoseconds`.
    public init(roundTrip nanoseconds: Double) {
        switch nanoseconds {
        case ..<75: self = .smt
        case ...250: self = .l3
        default: self = .far
        }
    }

    /// The class of a window with one probe on either side.
    public init(before: FloorReading, after: FloorReading) {
        self = before.placement == after.placement ? before.placement : .moved
    }

    /// What the class means, for reports.
    public var summary: String {
        switch self {
        case .smt: "hardware threads of one core"
        case .l3: "cores under one last-level cache"
        case .far: "cores without a common cache"
        case .moved: "moved while measured"
        }
    }
}

/// One probe of the floor between two cores.
public struct FloorReading: Codable, Hashable, Sendable {
    /// Round trip of a cache line, polling with loads, in nanoseconds.
    public let loadRoundTrip: Double
    /// Round trip of a cache line, polling by exchange, in nanoseconds.
    public let exchangeRoundTrip: Double

    /// A reading of both ways.
    public init(loadRoundTrip: Double, exchangeRoundTrip: Double) {
        self.loadRoundTrip = loadRoundTrip
        self.exchangeRoundTrip = exchangeRoundTrip
    }

    /// The least that a one-way hand-off cost at that moment, in nanoseconds.
    public var oneWay: Double { min(loadRoundTrip, exchangeRoundTrip) / 2 }

    /// The class that the load-polling round trip falls in.
    public var placement: Placement { Placement(roundTrip: loadRoundTrip) }
}
