import Randomness
import RingSimulation
import StateMachines

/// Every protocol under load and faults, seed after seed: no checker may have anything to say.
struct Soundness {
    /// How many seeds go by between two lines that say how far it has come.
    private static let stretch = 1_000

    private let protocols: [any Scenario.Type]
    private let first: Seed
    private let runs: Int
    private let planted: String?

    init(_ invocation: Invocation) throws(InvocationError) {
        var protocols: [any Scenario.Type] = []
        for name in invocation.names { protocols.append(try ProtocolTable.named(name[...])) }
        self.protocols = protocols.isEmpty ? ProtocolTable.all : protocols
        if let planted = invocation.planted {
            for world in self.protocols { try world.require(mistake: planted) }
        }
        (first, runs, planted) = (invocation.first, invocation.runs, invocation.planted)
    }

    /// Runs all; returns whether all keep their rules.
    func run() async -> Bool {
        var isWell = true
        for world in protocols { isWell = await run(world) && isWell }
        return isWell
    }

    private func run<World: Scenario>(_: World.Type) async -> Bool {
        let mistake = planted.flatMap(World.Mistake.init(rawValue:))
        let (began, used) = (ProcessUse.seconds, ProcessUse.processorSeconds)
        var report = SwarmReport()
        await Swarm<World>(first: first, runs: runs).forEach(planted: mistake) { seed, one in
            report.add(one, seed: seed)
            for finding in one.violations.prefix(4) {
                Console.tell("\(World.name): seed \(seed): \(finding)")
            }
            if one.unknown { Console.tell("\(World.name): seed \(seed): a checker gave up") }
            if report.runs % Self.stretch == 0, report.runs < runs {
                Console.tell("\(World.name): \(report.runs) runs of \(runs)")
            }
            return true
        }
        let processor = ProcessUse.processorSeconds - used
        Console.tell("\(World.name): \(report.summary)")
        Console.tell(
            "\(World.name): \((ProcessUse.seconds - began).rounded(to: 1)) s, "
                + "\((processor / Double(max(1, report.runs)) * 1e3).rounded(to: 1)) ms of a "
                + "processor a run, \((report.simulated.inSeconds / processor).rounded(to: 0)) "
                + "simulated seconds a second of one")
        for line in report.shortcomings { Console.tell("\(World.name): FAILED: \(line)") }
        return report.shortcomings.isEmpty
    }
}
