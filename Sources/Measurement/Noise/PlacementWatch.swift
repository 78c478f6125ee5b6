import Hardware
import Quantities

/// Watches how near two cores are to each other, by the floor between them, over and over.
///
/// On a virtual machine the host moves virtual cores between hardware threads; a pair that shared
/// a core is then far apart, and every figure of two threads changes with it.
public struct PlacementWatch: Sendable {
    private let clock: TickClock
    private let duration: Nanoseconds
    private let pause: Nanoseconds

    /// Watches for `duration`, and takes a reading every `pause`: 20 ms by default, some hundred
    /// times as long as a reading takes.
    public init(
        clock: TickClock, duration: Nanoseconds = .seconds(1),
        pause: Nanoseconds = .milliseconds(20)
    ) {
        precondition(duration > .zero, "a watch needs time")
        self.clock = clock
        self.duration = duration
        self.pause = pause
    }

    /// Watches two hardware threads, which are not the same, from new threads bound to them.
    /// Throws what ``PinnedThread`` throws.
    public func run(from first: Int, to second: Int) throws -> PlacementReading {
        precondition(first != second, "two threads on \(first) would wait for each other's slices")
        return try PinnedReading.take(on: first, name: "placement") {
            try watch(from: first, to: second)
        }
    }

    private func watch(from first: Int, to second: Int) throws -> PlacementReading {
        let probe = FloorProbe(firstBody: 0, roundTrips: 200)
        let partner = try PartnerThread(on: second, bodies: probe.bodies)
        defer { partner.stop() }
        var readings: [FloorReading] = []
        let start = clock.begin()
        var next = 0.0
        repeat {
            readings.append(try probe.read(with: partner, clock: clock))
            next += pause.rawValue
            // Spins: a core that sleeps is the first to be moved, and measured ones do not.
            while elapsed(start) < min(next, duration.rawValue) {}
        } while elapsed(start) < duration.rawValue
        return PlacementReading(
            first: first, second: second, duration: elapsed(start), readings: readings)
    }

    private func elapsed(_ start: UInt64) -> Double {
        clock.nanoseconds(from: start, to: clock.begin())
    }
}

/// How near two cores were found, again and again.
public struct PlacementReading: Codable, Hashable, Sendable {
    /// The readings of one class.
    public struct Class: Codable, Hashable, Sendable {
        /// How near.
        public let placement: Placement
        /// How many readings fell there.
        public let readings: Int
        /// The median load-polling round trip among them, in nanoseconds.
        public let roundTrip: Double
    }

    /// The hardware threads, by the kernel's numbers.
    public let first: Int
    /// The other one.
    public let second: Int
    /// For how long they were watched, in nanoseconds.
    public let duration: Double
    /// The classes that were seen, the most frequent first.
    public let classes: [Class]
    /// How often two neighbouring readings, each confirmed by the one beside it, were of different
    /// classes.
    public let changes: Int

    /// A watch that found `readings`, in order.
    public init(first: Int, second: Int, duration: Double, readings: [FloorReading]) {
        self.first = first
        self.second = second
        self.duration = duration
        let seen = PlacementReading.confirmed(readings.map(\.placement))
        changes = zip(seen, seen.dropFirst()).count { $0 != $1 }
        classes = Placement.allCases.compactMap { placement -> Class? in
            let trips = zip(readings, seen).filter { $1 == placement }.map(\.0.loadRoundTrip)
                .sorted()
            guard !trips.isEmpty else { return nil }
            return Class(
                placement: placement, readings: trips.count, roundTrip: trips[trips.count / 2])
        }.sorted { $0.readings > $1.readings }
    }

    /// How much longer a round trip takes in the slowest class that was seen than in the fastest;
    /// `nil` where only one was seen.
    public var factor: Double? {
        guard classes.count > 1, let slowest = classes.map(\.roundTrip).max(),
            let fastest = classes.map(\.roundTrip).min()
        else { return nil }
        return slowest / fastest
    }

    /// A reading that an interruption made longer stands alone between two that agree: it is
    /// counted with them.
    static func confirmed(_ placements: [Placement]) -> [Placement] {
        var seen = placements
        for index in placements.indices.dropFirst().dropLast()
        where seen[index - 1] == placements[index + 1] {
            seen[index] = seen[index - 1]
        }
        return seen
    }
}
