import ArgumentParser
import Benchmarks
import StrictYAML

/// The options of `simulate` that say what is simulated, and under what.
struct SimulateOptions: ParsableArguments {
    @Option(help: "Members; what suits the protocol when not given.")
    var nodes: Int?

    @Option(help: "Share of the messages that are lost, 0 to 1.")
    var loss = 0.0

    @Option(
        help: "What a message and its answer take on the way together; each half varies by a fifth."
    )
    var rtt = "1ms"

    @Option(help: "How long the load lasts, in simulated time; what suits when not given.")
    var duration: String?

    @Option(help: "A crash: WHO[@TIME][+TIME]; may be repeated.")
    var crash: [String] = []

    @Option(help: "A partition: GROUP|GROUP[@TIME][+TIME]; may be repeated.")
    var partition: [String] = []

    @Option(help: ArgumentHelp("A file of faults, a line for each.", valueName: "file"))
    var schedule: String?

    @Option(help: "What messages and syncs cost: none, measured, or receive=T,send=T,sync=T.")
    var costs = "none"

    @Option(help: "Directory on whose disk '--costs measured' tries syncs.")
    var path = "."

    /// What the options come to for a protocol, checked.
    func resolved(_ subject: String) throws -> SimulationSetting {
        var request = SimulationRequest(subject)
        (request.nodes, request.loss, request.rtt) = (nodes, loss, rtt)
        (request.duration, request.crash, request.partition) = (duration, crash, partition)
        (request.costs, request.path) = (costs, path)
        if let schedule {
            let text = try Installation.input { () throws(InputProblems) in
                try InputFile.text(of: schedule, longest: 1 << 20)
            }
            request.schedule = SimulationRequest.Schedule(file: schedule, text: text)
        }
        do throws(SimulationRefusal) {
            return try request.resolved()
        } catch {
            switch error {
            case .badInput(let text): throw Stop.badInput(text)
            case .cannot(let text): throw Stop.cannot(text)
            }
        }
    }
}
