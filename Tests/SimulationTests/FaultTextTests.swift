import Randomness
import Simulation
import StateMachines
import TestSupport
import Testing

@Suite struct FaultTextTests {
    private static let faults: [(String, Fault)] = [
        ("crash n3", .crash(n3)),
        ("crash n3 tears", .crash(n3, disk: .tears)),
        ("crash n0 loses", .crash(n0, disk: .loses)),
        ("restart n12", .restart(NodeID(12))),
        ("freeze n1", .freeze(n1)),
        ("thaw n1", .thaw(n1)),
        ("partition", .partition([])),
        ("partition n0", .partition([[n0]])),
        ("partition n0 n1 | n2 n3", .partition([[n0, n1], [n2, n3]])),
        ("block n0 > n1", .block(from: n0, to: n1)),
        ("heal", .heal),
        ("network", .network(.init())),
        ("network loss=0.1 crossing=1.0", .network(.init(loss: 0.1, crossing: 1))),
        ("link n0 > n1", .link(from: n0, to: n1, .init())),
        ("link n0 > n1 bandwidth=1000", .link(from: n0, to: n1, .init(bandwidth: 1_000))),
        ("link n0 > n1 as-network", .link(from: n0, to: n1, nil)),
        ("fail-syncs n2", .failSyncs(n2)),
        ("fail-syncs n2 lasting", .failSyncs(n2, lasting: true)),
        ("stall n2", .stall(n2)),
        ("mend n2", .mend(n2)),
        ("clock n1 250ms", .clock(n1, jump: .milliseconds(250))),
        (
            "network delay=uniform:1ms:2ms duplication=0.25 reordering=0.5 lateness=constant:7us "
                + "bandwidth=5 backlog=0 regions=0,1,1 "
                + "between=constant:1us,constant:2us/constant:3us,exponential:4us",
            .network(
                NetworkConditions(
                    delay: .uniform(.milliseconds(1), .milliseconds(2)), duplication: 0.25,
                    reordering: 0.5, lateness: .constant(.microseconds(7)), bandwidth: 5,
                    backlog: 0,
                    geography: Geography(
                        regions: [0, 1, 1],
                        delays: [
                            [.constant(.microseconds(1)), .constant(.microseconds(2))],
                            [.constant(.microseconds(3)), .exponential(mean: .microseconds(4))],
                        ])))
        ),
    ]

    @Test func `a text says each fault, and gives it back`() throws {
        for (text, fault) in Self.faults {
            #expect(fault.description == text)
            #expect(try Fault(parsing: text) == fault, "\(text)")
            #expect(try Fault(parsing: "  \(text)\t # \(text)\r") == fault, "\(text)")
        }
    }

    @Test(arguments: [
        "", "#", "crash", "crash 3", "crash n", "crash n-1", "crash n+1", "crash n4294967296",
        "crash n1 n2", "crash n1 melts", "Crash n1", "restart", "restart n1 tears", "heal all",
        "partition 1", "partition n0 , n1", "block n0 n1", "block n0 >", "block n0 < n1",
        "network slow", "network loss", "network loss=", "network loss=x", "network lost=1",
        "network bandwidth=1.5", "network bandwidth=-1", "network regions=0,1", "network between=x",
        "link n0 > n1 as-network loss=1", "clock n1", "clock n1 5", "clock n1 -5ms", "fail-syncs",
        "fail-syncs n1 often", "explode n1",
    ])
    func `a text that says no fault is refused with what was expected`(text: String) {
        #expect(throws: SimulationProblem.self) { try Fault(parsing: text) }
    }

    @Test func `a plan is read with its comments, in any order, and gives its text back`() throws {
        let text = """
            # Two sides, which meet again.
            1.5s heal

            100ms   partition n0 n1 | n2   # a majority on the left
            100ms\tcrash n0 tears\r
            """
        let plan = try FaultPlan(parsing: text)
        #expect(
            plan.steps == [
                .init(at: Moment(nanoseconds: 100 * ms), .partition([[n0, n1], [n2]])),
                .init(at: Moment(nanoseconds: 100 * ms), .crash(n0, disk: .tears)),
                .init(at: Moment(nanoseconds: 1_500 * ms), .heal),
            ])
        #expect(
            plan.description == """
                100ms partition n0 n1 | n2
                100ms crash n0 tears
                1500ms heal
                """)
        #expect(try FaultPlan(parsing: plan.description) == plan)
        #expect(plan.end == Moment(nanoseconds: 1_500 * ms))
        #expect(try FaultPlan(parsing: "") == FaultPlan())
    }

    @Test func `an error names the line, what was found and what was expected`() {
        let problem = SimulationProblem.malformed(
            line: 3, found: "'explode'",
            expected: "one of crash, restart, freeze, thaw, partition, block, heal, network, link, "
                + "fail-syncs, stall, mend, clock")
        #expect(throws: problem) {
            try FaultPlan(parsing: "1s heal\n# nothing here\n2s explode n1\n3s also wrong")
        }
        #expect(
            problem.description.hasPrefix("simulation: line 3: found 'explode'; expected one of"))
        #expect(
            throws: SimulationProblem.malformed(
                line: 1, found: "'soon'", expected: "a time such as 250us or 1.5s")
        ) { try FaultPlan(parsing: "soon heal") }
    }

    @Test func `random plans survive their text, and damaged text is refused or read as a plan`()
        throws
    {
        let nodes = (0..<5).map(NodeID.init(place:))
        var generator = testSeed.derived(for: "damage").generator()
        for round in 0..<testRounds(30) {
            var mix = FaultMix(
                interval: .milliseconds(5), duration: .microseconds(1) ... .milliseconds(9),
                mostAway: 2)
            mix.clockJumps = 1
            let plan = FaultPlan.random(
                mix, of: nodes, seed: testSeed.derived(for: round), from: Moment(nanoseconds: 0),
                to: Moment(nanoseconds: 100 * ms))
            #expect(try FaultPlan(parsing: plan.description) == plan, "\(replay)")
            var bytes = Array(plan.description.utf8)
            for _ in 0...generator.next(below: 3) where !bytes.isEmpty {
                let place = Int(generator.next(below: UInt64(bytes.count)))
                bytes[place] = UInt8(truncatingIfNeeded: generator.next())
            }
            // Whatever it says: no trap, and an error of this one type.
            do throws(SimulationProblem) {
                _ = try FaultPlan(parsing: String(decoding: bytes, as: UTF8.self))
            } catch { #expect(error.description.hasPrefix("simulation: line "), "\(replay)") }
        }
    }
}
