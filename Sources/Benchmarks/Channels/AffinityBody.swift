import Glibc
import Hardware
import Measurement
import Synchronization

/// A stretch of ping-pongs whose threads are bound to `homes` before and after it, and may be elsewhere
/// meanwhile. An iteration is a batch of round trips; between those nothing is bound.
///
/// @unchecked Sendable: only the initiating thread touches what is no atomic; it is read between windows.
final class AffinityBody: PairedBody, @unchecked Sendable {
    /// Round trips of a batch.
    static let batch = 4096
    /// Round trips before the first stamp of a batch: they wait for the partner, who waits while the
    /// last batch's stamps are put away.
    private static let approach = 32

    let name: String
    private let pair: any RingPair
    private let clock: TickClock
    private let places: CPUSet?
    private let homes: [Int]
    private var stamps = [UInt64](repeating: 0, count: batch)
    /// Half of each round trip of the last stretch.
    private(set) var times = LatencyDistribution()
    private(set) var hasDefect = false
    private let moves = Atomic<Int>(0)

    /// A body that is free to run on `places` within a stretch; bound where that is `nil`.
    init(
        _ name: String, _ pair: any RingPair, whileOn places: CPUSet?, homes: [Int],
        clock: TickClock
    ) {
        self.name = name
        self.pair = pair
        self.places = places
        self.homes = homes
        self.clock = clock
    }

    /// How often the two threads were found elsewhere than a batch before, in the last stretch.
    var moved: Int { moves.load(ordering: .relaxed) }

    /// The 99th percentile over the median of the last stretch, and the median.
    var spread: (ratio: Double, median: Double)? {
        guard let median = times.nanoseconds(atPercentile: 50), median > 0,
            let tail = times.nanoseconds(atPercentile: 99)
        else { return nil }
        return (tail / median, median)
    }

    /// Forgets the last stretch. Between stretches.
    func begin() {
        times = LatencyDistribution()
        moves.store(0, ordering: .relaxed)
    }

    func initiate(iterations: Int) throws {
        if let places { try ThreadBinding.bindCurrentThread(to: places) }
        var place = ThreadBinding.currentPU()
        for _ in 0..<iterations {
            let approach = pair.initiate(Self.approach)
            let wrong = pair.initiateStamped(Self.batch, stamps: &stamps)
            if approach | wrong != 0 { hasDefect = true }
            countMove(from: &place)
            for stamp in stamps {
                times.record(nanoseconds: clock.nanoseconds(from: 0, to: stamp) / 2)
            }
        }
        if places != nil { try ThreadBinding.bindCurrentThread(to: homes[0]) }
    }

    func respond(iterations: Int) {
        if let places { bind(to: places) }
        var place = ThreadBinding.currentPU()
        for _ in 0..<iterations {
            _ = pair.respond(Self.approach)
            _ = pair.respond(Self.batch)
            countMove(from: &place)
        }
        if places != nil { bind(to: [homes[1]]) }
    }

    private func countMove(from place: inout Int) {
        let now = ThreadBinding.currentPU()
        if now != place { moves.wrappingAdd(1, ordering: .relaxed) }
        place = now
    }

    /// Binds the partner, as the initiator was: to what the process may use.
    private func bind(to places: CPUSet) {
        do {
            try ThreadBinding.bindCurrentThread(to: places)
        } catch {
            preconditionFailure("binding the partner to \(places) failed: \(error)")
        }
    }
}

/// Threads that are free to run anywhere and have something to do half of the time, so that there is a
/// reason to move others.
final class HalfBusyThreads {
    private let isOver: Flag
    private let threads: [PinnedThread]

    /// Starts `count` threads on `places`.
    init(_ count: Int, on places: CPUSet, clock: TickClock) throws {
        let isOver = Flag()
        self.isOver = isOver
        threads = try (0..<count).map { number in
            try PinnedThread(pu: places.indexes[0], name: "half busy \(number)") {
                do {
                    try ThreadBinding.bindCurrentThread(to: places)
                } catch {
                    preconditionFailure("binding a thread to \(places) failed: \(error)")
                }
                while !isOver.value.load(ordering: .relaxed) {
                    let start = clock.begin()
                    while clock.nanoseconds(from: start, to: clock.end()) < Self.phase {}
                    usleep(UInt32(Self.phase / 1e3))
                }
            }
        }
    }

    /// Busy so long, and idle so long, in nanoseconds: some time slices.
    private static let phase = 10e6

    /// Stops them all and waits for them.
    func stop() {
        isOver.value.store(true, ordering: .relaxed)
        for thread in threads { thread.join() }
    }

    private final class Flag: Sendable {
        let value = Atomic<Bool>(false)
    }
}
