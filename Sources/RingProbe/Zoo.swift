import Randomness
import RingSimulation

/// The hunt for planted mistakes: every one has to be caught by the checkers of its protocol's scenario.
struct Zoo {
    /// How the catches are told.
    enum Form { case lines, table }

    /// A protocol, and which of its mistakes are hunted.
    private struct Cage {
        let world: any Scenario.Type
        let mistakes: [String]

        /// Of `protocol` or `protocol.mistake`.
        init(_ name: String) throws(InvocationError) {
            let parts = name.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            world = try ProtocolTable.named(parts[0])
            mistakes = parts.count == 2 ? [String(parts[1])] : world.mistakeNames
            for mistake in mistakes { try world.require(mistake: mistake) }
        }
    }

    private let cages: [Cage]
    private let form: Form
    private let first: Seed
    private let series: Int
    private let seeds: Int

    init(_ invocation: Invocation, as form: Form) throws(InvocationError) {
        var cages: [Cage] = []
        for name in invocation.names { cages.append(try Cage(name)) }
        if cages.isEmpty {
            for world in ProtocolTable.all { cages.append(try Cage(world.name)) }
        }
        self.cages = cages
        self.form = form
        (first, series, seeds) = (invocation.first, invocation.series, invocation.seeds)
    }

    /// Hunts all; returns whether all were caught.
    func run() async -> Bool {
        if form == .table {
            Console.tell("| protocol | mistake | median seeds | what is said first |")
            Console.tell("| --- | --- | ---: | --- |")
        }
        let began = (ProcessUse.seconds, ProcessUse.processorSeconds)
        var (hunted, missed): (Int, [String]) = (0, [])
        for cage in cages {
            hunted += cage.mistakes.count
            missed += await hunt(cage.mistakes, in: cage.world)
        }
        if form == .lines {
            Console.tell(
                "zoo: \(hunted - missed.count) of \(hunted) mistakes were caught, "
                    + "\((ProcessUse.seconds - began.0).rounded(to: 1)) s, "
                    + "\((ProcessUse.processorSeconds - began.1).rounded(to: 1)) s of a processor")
        }
        for name in missed { Console.complain("zoo: FAILED: \(name) was missed") }
        return missed.isEmpty
    }

    /// Hunts mistakes; returns those that were missed.
    private func hunt<World: Scenario>(
        _ mistakes: [String], in _: World.Type
    ) async -> [String] {
        var missed: [String] = []
        for mistake in mistakes.compactMap(World.Mistake.init(rawValue:)) {
            let used = ProcessUse.processorSeconds
            let hunt = await Swarm<World>(first: first, runs: series * seeds)
                .hunt(mistake, catches: series)
            tell(hunt, of: World.name, processor: ProcessUse.processorSeconds - used)
            if hunt.catches.count < series { missed.append("\(World.name).\(mistake.rawValue)") }
        }
        return missed
    }

    private func tell(_ hunt: MistakeHunt, of name: String, processor: Double) {
        switch form {
        case .lines:
            Console.tell("\(name).\(hunt) (\(processor.rounded(to: 1)) s of a processor)")
        case .table:
            let finding = Self.cell(hunt.catches.first?.finding ?? "not caught")
            let median = hunt.medianSeeds.map(String.init) ?? "-"
            Console.tell("| \(name) | `\(hunt.mistake)` | \(median) | \(finding) |")
        }
    }

    /// What fits into a table's cell, and is no Markdown of its own.
    private static func cell(_ finding: String) -> String {
        let most = 90
        let text = finding.prefix { !$0.isNewline }.replacing("|", with: "\\|")
        return text.count > most ? "\(text.prefix(most))…" : String(text)
    }
}
