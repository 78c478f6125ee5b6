import Checkers
import Randomness
import RingSimulation
import ShenRing
import StateMachines

/// How fast simulations and checks are on one processor.
///
/// Times are of the processor, since a machine may do something else beside; all runs in one thread.
enum SpeedFigure: String, CaseIterable {
    /// A cluster of five that gossips, where nothing happens.
    case gossip5 = "gossip-5"
    /// A quorum of five at rest, but for ten requests a second.
    case quorum5 = "quorum-5"
    /// A thousand nodes that know one of them and get to know all.
    case gossip1000 = "gossip-1000"
    /// Ten thousand that do.
    case gossip10000 = "gossip-10000"
    /// Ten thousand nodes that know each other, until all know that one of them has crashed.
    case crash10000 = "crash-10000"
    /// A thousand histories of 500 operations.
    case histories

    /// Measures the figures of these names, all where there is none; returns whether all was as it has to be.
    static func run(_ names: [String]) throws(InvocationError) -> Bool {
        var figures: [SpeedFigure] = []
        for name in names {
            guard let figure = SpeedFigure(rawValue: name) else {
                let all = allCases.map(\.rawValue).joined(separator: ", ")
                throw InvocationError(
                    description: "no figure is called \(name), but these are: \(all)")
            }
            figures.append(figure)
        }
        var isWell = true
        for figure in figures.isEmpty ? allCases : figures { isWell = figure.measure() && isWell }
        return isWell
    }

    private func measure() -> Bool {
        let (began, used) = (ProcessUse.seconds, ProcessUse.processorSeconds)
        let outcome =
            switch self {
            case .gossip5: Self.gossipAtRest(nodes: 5, periods: 20_000)
            case .quorum5: Self.quorumAtRest()
            case .gossip1000: Self.bootstrap(nodes: 1_000)
            case .gossip10000: Self.bootstrap(nodes: 10_000)
            case .crash10000: Self.crash(nodes: 10_000)
            case .histories: Self.histories()
            }
        let processor = ProcessUse.processorSeconds - used
        let ratio = outcome.simulated.map {
            ", \(($0.inSeconds / processor).rounded(to: 1)) simulated seconds a second"
        }
        Console.tell(
            "\(rawValue): \(outcome.text): \(processor.rounded(to: 2)) s of a processor"
                + "\(ratio ?? ""), \((ProcessUse.seconds - began).rounded(to: 2)) s by the clock, "
                + "at most \(ProcessUse.peakMemory >> 20) MiB so far")
        return outcome.isWell
    }

    /// What was run.
    private struct Outcome {
        let text: String
        var isWell = true
        var simulated: Span?
    }

    private static func experiment(nodes: Int) -> GossipExperiment {
        do throws(SundialError) {
            return try GossipExperiment(nodes: nodes, settings: SundialSettings(), seed: Seed(1))
        } catch { preconditionFailure("\(error)") }
    }

    private static func gossipAtRest(nodes: Int, periods: Int) -> Outcome {
        do throws(SundialError) {
            let accuracy = try experiment(nodes: nodes).accuracy(periods: periods)
            let deaths = accuracy.reduce(0) { $0 + $1.falseDeaths }
            let time = accuracy.reduce(Span.zero) { $0 + $1.time }
            return Outcome(
                text: "\(nodes) nodes for \(time.inSeconds.rounded(to: 0)) s, "
                    + "\(deaths) taken for dead",
                isWell: deaths == 0, simulated: time)
        } catch { preconditionFailure("\(error)") }
    }

    private static func quorumAtRest() -> Outcome {
        var experiment = QuorumExperiment()
        (experiment.replicas, experiment.clients) = (5, 1)
        experiment.pause = .milliseconds(100)
        experiment.duration = .seconds(2_000)
        let measured = experiment.run()
        return Outcome(
            text: "5 servers for \(experiment.duration.inSeconds.rounded(to: 0)) s, "
                + "\(measured.operations) requests, \(measured.violations.count) violations",
            isWell: measured.violations.isEmpty && !measured.isUnknown,
            simulated: experiment.duration + experiment.warmUp)
    }

    private static func bootstrap(nodes: Int) -> Outcome {
        let convergence = experiment(nodes: nodes).bootstrap().first
        let converged = convergence?.time
        let time = converged.map { "in \($0.inSeconds.rounded(to: 1)) s" } ?? "never"
        let trace = convergence.map { " (trace \($0.trace))" } ?? ""
        return Outcome(
            text: "\(nodes) nodes that know one contact know all \(time)\(trace)",
            isWell: converged != nil, simulated: converged)
    }

    private static func crash(nodes: Int) -> Outcome {
        let detection = experiment(nodes: nodes).detection().first
        let known = detection?.deadToAll
        let time = known.map { "after \($0.inSeconds.rounded(to: 1)) s" } ?? "never"
        let wronged = detection?.falseDeaths ?? 0
        return Outcome(
            text: "\(nodes) nodes all know of a crash \(time), \(wronged) wrongly taken for dead",
            isWell: known != nil && wronged == 0)
    }

    private static func histories() -> Outcome {
        var generator = Seed(1).derived(for: "histories").generator()
        let checker = LinearizabilityChecker(Register())
        var (unknown, wrong) = (0, 0)
        for round in 0..<1_000 {
            let shape = GeneratedHistories.shapes[round % GeneratedHistories.shapes.count]
            do throws(HistoryProblem) {
                switch checker.check(try shape.next(from: &generator)) {
                case .linearizable: break
                case .violation: wrong += 1
                case .unknown: unknown += 1
                }
            } catch { preconditionFailure("\(error)") }
        }
        return Outcome(
            text: "1000 histories of 500 operations, \(unknown) unknown, \(wrong) wrong",
            isWell: unknown * 100 < 1_000 && wrong == 0)
    }
}
