import Measurement
import Quantities
import Randomness
import Statistics

/// What a wait strategy buys and costs: how soon a receiver that has waited has its message, and
/// what its waiting burnt.
enum ChannelWakeup: Benchmark {
    static let description = BenchmarkDescription(
        name: "channel.wakeup",
        summary: "waking a receiver on an empty channel after a quiet time, and the processor time "
            + "that its waiting burnt; beside it a word that is spun on and one that is slept on",
        parameters: [
            ParameterSpecification(
                "capacity", "elements that the channel holds", .integer(2...65_536),
                default: "1024", profileField: "ring-capacity"),
            ParameterSpecification(
                "wait", "what the receiver does while there is nothing",
                .choice(WaitChoice.names), default: "busy-spin",
                profileField: "wait-strategy"),
            ParameterSpecification(
                "gap", "microseconds without a message before each", .integer(5...100_000),
                default: "1000"),
            ParameterSpecification(
                "contenders", "ways to wait that take turns",
                .subset(of: WakeupPath.names), default: WakeupPath.usual.joined(separator: ",")),
        ],
        metrics: [
            MetricSpecification(
                "wakeup", .nanoseconds, .lower, .sampled,
                "from just before the send to just after the receipt, by the cores' counters: "
                    + "medians of windows, and single ones for percentiles; a closed loop, so a "
                    + "late receiver delays the next send"),
            MetricSpecification(
                "idle-cpu", .percent, .lower, .sampled,
                "processor time of the waiting thread over the time that it waited: of one core"),
            MetricSpecification(
                "idle-switches", .count(of: "switches"), .lower, .sampled,
                "times that the waiting thread went to sleep for each message"),
            MetricSpecification(
                "send", .nanoseconds, .lower, .sampled,
                "what a send took its caller, who wakes the receiver where that sleeps: medians of "
                    + "windows"),
            MetricSpecification(
                "memory", .bytes, .lower, .sampled,
                "resident memory of one channel of 8-byte messages, the allocator's share in it"),
            MetricSpecification(
                "floor", .nanoseconds, .neither, .sampled,
                "one-way hand-over of a cache line, probed around every window"),
            MetricSpecification(
                "floor-ratio", .ratio, .lower, .sampled, "wakeup over the floor beside it"),
        ],
        processingUnits: 2,
        floor: "cache-line hand-over between the two cores; for a sleeper, the futex beside it",
        // Sleeping belongs to what is measured, and counting migrations would lengthen each switch.
        isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let gap = Double(context.integer("gap")) * 1e3
        let parameters = recorder.figureParameters(without: ["contenders"])
        let chosen = try paths(in: context, into: &recorder)
        let names = chosen.map(\.name)
        guard !chosen.isEmpty else { return }
        if names.contains(OwnRing.bounded) {
            let memory = ChannelMemory.residentBytes(ofCapacity: context.integer("capacity"))
            if memory.isEmpty {
                recorder.note("no memory figure: the kernel has no /proc/self/smaps_rollup")
            } else {
                recorder.record(
                    "memory", parameters.with("contender", OwnRing.bounded), samples: memory)
            }
        }
        let bodies = chosen.map { WakeupBody($0, gap: gap, clock: context.clock) }
        let watch = WindowWatch()
        defer { watch.stop() }
        let watched = watch.watching(bodies, named: names)
        let probe = FloorProbe(firstBody: bodies.count, roundTrips: 200)
        let partner = try PartnerThread(
            on: context.request.processingUnits[1], bodies: watched + probe.bodies)
        defer { partner.stop() }
        recorder.note(
            "both threads are bound whatever the profile's pinning is; delays are differences of "
                + "two cores' \(context.clock.calibration.source.rawValue) readings")
        let windows = try run(bodies, watched, probe, partner, gap: gap, in: context)
        for (index, name) in names.enumerated() {
            WakeupAnalysis(
                windows.filter { $0.contender == index },
                parameters: parameters.with("contender", name)
            ).record(into: &recorder)
        }
        WakeupAnalysis.recordFloor(windows, parameters, into: &recorder)
    }

    /// The ways to wait that were asked for; a peer that cannot be had is noted with the reason.
    private static func paths(
        in context: ForkContext, into recorder: inout Recorder
    ) throws -> [WakeupPath] {
        var paths: [WakeupPath] = []
        for name in context.words("contenders") {
            do {
                let path = try WakeupPath.make(
                    name, capacity: context.integer("capacity"), wait: context.text("wait"))
                paths.append(path)
            } catch let absence as RustRings.Absence {
                recorder.note("\(name): unavailable, \(absence)")
            }
        }
        return paths
    }

    /// Takes windows of all bodies in turns, in an order drawn from the seed.
    private static func run(
        _ bodies: [WakeupBody], _ watched: [any PairedBody], _ probe: FloorProbe,
        _ partner: PartnerThread, gap: Double,
        in context: ForkContext
    ) throws -> [WakeupWindow] {
        // One more than is counted: the first finds a receiver that is only just there.
        // About 10 ms a window: a short measurement, too, has windows enough to tell steadiness.
        let messages = 1 + Int(min(max(10e6 / gap, 8), 512))
        var order = context.generator(for: "order")
        var windows: [WakeupWindow] = []
        let start = TickClock.monotonicRaw()
        var round = 0
        repeat {
            for index in Array(bodies.indices).shuffled(by: &order) {
                let before = try probe.read(with: partner, clock: context.clock)
                partner.start(body: index, iterations: messages)
                try watched[index].initiate(iterations: messages)
                let stayed = partner.finish()
                let after = try probe.read(with: partner, clock: context.clock)
                windows.append(
                    bodies[index].window(
                        contender: index, before: before, after: after, stayed: stayed))
            }
            round += 1
        } while round < 3 || Double(TickClock.monotonicRaw() - start) < context.time.rawValue
        return windows
    }
}

/// Messages of one path, each after the gap.
///
/// @unchecked Sendable: the sender is the initiating thread's, the receiver the responding one's.
private final class WakeupBody: PairedBody, @unchecked Sendable {
    private let path: WakeupPath
    private let sender: WakeupSender
    private let receiver: WakeupReceiver

    init(_ path: WakeupPath, gap: Double, clock: TickClock) {
        let taken = SharedLine()
        self.path = path
        sender = WakeupSender(gap: gap, clock: clock, taken: taken)
        receiver = WakeupReceiver(clock: clock, taken: taken)
    }

    func initiate(iterations: Int) {
        sender.beginWindow()
        path.send(iterations, sender)
    }

    func respond(iterations: Int) {
        receiver.beginWindow()
        path.receive(iterations, receiver)
        receiver.endWindow()
    }

    /// What the last window came to, after its hand-over.
    func window(
        contender: Int, before: FloorReading, after: FloorReading, stayed: Bool
    ) -> WakeupWindow {
        WakeupWindow(
            contender: contender, delays: receiver.delays,
            sendCost: Quantile.median(of: Array(sender.costs.dropFirst())),
            idleShare: receiver.waited > 0 ? receiver.burnt / receiver.waited : 0,
            switches: Double(receiver.switches) / Double(receiver.delays.count + 1),
            floor: (before.oneWay + after.oneWay) / 2,
            placement: Placement(before: before, after: after), stayed: stayed,
            early: receiver.early)
    }
}
