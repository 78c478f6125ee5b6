import Counters
import Quantities
import Testing

@testable import Measurement

@Suite struct EventAllowanceTests {
    private static func description(
        processingUnits: Int = 2, isBlocking: Bool = false
    ) -> BenchmarkDescription {
        BenchmarkDescription(
            name: "test", summary: "", parameters: [],
            metrics: [MetricSpecification("time", .nanoseconds, .lower, .sampled, "")],
            processingUnits: processingUnits, floor: "", isBlocking: isBlocking)
    }

    private static let quiet = ForkNoise(before: [], after: [])

    /// What happened, over two seconds of measuring on two processors.
    private static func doubts(
        switches: Int = 0, faults: Int = 0, stolen: Double? = 0,
        _ description: BenchmarkDescription = description()
    ) -> [String] {
        var events = EventCounts.current()
        events.involuntarySwitches = switches
        events.majorFaults = faults
        events.stolenTime = stolen
        return EventAllowance().causes(among: events, Self.quiet, over: 2e9, of: description)
    }

    /// The most switches that two seconds allow.
    private static let switches = Int(EventAllowance().involuntarySwitchesPerSecond * 2)
    private static let faults = EventAllowance().majorFaults

    @Test func `what is within the allowance is not doubted`() {
        #expect(
            Self.doubts(switches: Self.switches, faults: Self.faults, stolen: 40e6).isEmpty)
    }

    @Test func `each event above its allowance gives a doubt of its own`() {
        #expect(Self.doubts(switches: Self.switches + 1) == ["taken off its processor too often"])
        #expect(Self.doubts(faults: Self.faults + 1) == ["page faults read from a device"])
        #expect(Self.doubts(stolen: 41e6) == ["the hypervisor took time"])
        let all = Self.doubts(
            switches: Self.switches + 1, faults: Self.faults + 1, stolen: 41e6)
        #expect(all.count == 3)
    }

    @Test func `a thread that is moved is no longer where it was bound`() {
        var events = EventCounts.current().since(.current())
        let causes = { events in
            EventAllowance().causes(among: events, Self.quiet, over: 2e9, of: Self.description())
        }
        events.migrations = EventAllowance().migrations
        #expect(causes(events).isEmpty)
        events.migrations = EventAllowance().migrations + 1
        #expect(causes(events) == ["moved between processors"])
        events.migrations = nil
        #expect(causes(events).isEmpty)
    }

    @Test func `stolen time that is unknown is no reason to doubt`() {
        #expect(Self.doubts(stolen: nil).isEmpty)
    }

    @Test func `a single tick of stolen time is within a short measurement's allowance`() {
        var events = EventCounts.current()
        events.involuntarySwitches = 0
        events.majorFaults = 0
        events.stolenTime = 10e6
        let description = Self.description()
        #expect(
            EventAllowance().causes(among: events, Self.quiet, over: 1e6, of: description).isEmpty)
        events.stolenTime = 20e6
        #expect(
            EventAllowance().causes(among: events, Self.quiet, over: 1e6, of: description).count
                == 1)
    }

    @Test func `a benchmark that blocks is doubted for stolen time only`() {
        let blocking = Self.description(isBlocking: true)
        #expect(
            Self.doubts(switches: 99_999, faults: 99, stolen: 1e9, blocking)
                == ["the hypervisor took time"])
    }

    @Test func `a benchmark that only computes is not doubted`() {
        let computing = Self.description(processingUnits: 0)
        #expect(Self.doubts(switches: 99_999, faults: 99, stolen: 1e9, computing).isEmpty)
    }

    @Test func `a doubt about a fork is one about all that it recorded, once`() {
        var recorder = Recorder(for: Self.description(), parameters: ParameterSet())
        recorder.record("time", ParameterSet(), samples: [1], doubts: ["known"])
        recorder.record("time", ParameterSet(), distribution: LatencyDistribution())
        recorder.doubtAll(["known", "new"])
        #expect(recorder.series[0].doubts == ["known", "new"])
        #expect(recorder.distributions[0].doubts == ["known", "new"])
    }

    @Test func `what disturbs a fork does not change what is counted exactly`() {
        var recorder = Recorder(
            for: BenchmarkDescription(
                name: "x", summary: "x", parameters: [],
                metrics: [
                    MetricSpecification("time", .nanoseconds, .lower, .sampled, "x"),
                    MetricSpecification("moved", .count(of: "keys"), .lower, .exact, "x"),
                ],
                processingUnits: 1, floor: "none"), parameters: ParameterSet())
        recorder.record("time", ParameterSet(), samples: [1])
        recorder.record("moved", ParameterSet(), samples: [1])
        recorder.doubtEstimates(["noisy: it was"])
        #expect(recorder.series[0].doubts == ["noisy: it was"])
        #expect(recorder.series[1].doubts == [])
    }

    @Test
    func `what the hypervisor took while the other process had the turn is held against both`() {
        let allowance = EventAllowance()
        var events = EventCounts.current()
        (events.involuntarySwitches, events.majorFaults, events.migrations) = (0, 0, nil)
        // More than a second may lose, and less than two.
        events.stolenTime = 1.5 * max(allowance.stolenShare * 1e9, allowance.stolenGrain)
        let causes = { (wall: Double?) in
            allowance.causes(
                among: events, Self.quiet, over: 1e9, within: wall,
                of: Self.description(processingUnits: 1))
        }
        #expect(causes(nil) == ["the hypervisor took time"])
        #expect(causes(1e9) == ["the hypervisor took time"])
        #expect(causes(2e9).isEmpty)
    }

    private static func noise(lost: Double, cause: JitterCause?) -> ForkNoise {
        let reading = { (lost: Double, cause: JitterCause?) in
            ForkNoise.Reading(
                processingUnit: 0, duration: 10e6, longestGap: lost / 2, cause: cause, lost: lost)
        }
        return ForkNoise(before: [reading(1000, .interrupt)], after: [reading(lost, cause)])
    }

    @Test func `a core that was away beside the measurement is doubted with the likely cause`() {
        var events = EventCounts.current()
        (events.involuntarySwitches, events.majorFaults, events.stolenTime) = (0, 0, 0)
        let causes = { noise in
            EventAllowance().causes(among: events, noise, over: 1e9, of: Self.description())
        }
        #expect(causes(Self.noise(lost: 0.99e6, cause: .stolen)).isEmpty)
        #expect(
            causes(Self.noise(lost: 1.01e6, cause: .stolen))
                == ["jitter beside it, stolen by the hypervisor"])
        #expect(Self.noise(lost: 1.01e6, cause: .stolen).lostShare > 0.05)
        #expect(Self.quiet.lostShare == 0)
        #expect(Self.quiet.worst == nil)
    }
}
