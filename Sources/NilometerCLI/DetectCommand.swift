import ArgumentParser
import Benchmarks
import Hardware
import Runs

/// Describes the machine and what the engine makes of it.
struct DetectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "detect",
        abstract: "Describe the machine, where each fact came from, and the configuration that "
            + "follows.",
        discussion: """
            Examples:
              nilometer detect
              nilometer detect --json
              nilometer detect --path /var/lib        # the storage under another directory
              nilometer detect --topology 'pack:2 numa:1 core:12 pu:2'
              nilometer detect --topology machine.xml # as 'lstopo --of xml' writes it
            """)

    @Option(help: "An hwloc XML file or synthetic description instead of this machine.")
    var topology: String?

    @Option(help: "Directory whose storage is described.")
    var path = "."

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() throws {
        let source = topology.map { TopologySource(argument: $0) } ?? .running
        let machine = try Detection.machine(source, directory: path)
        // Of a machine that is only described nothing was learnt.
        let learnt = topology == nil ? LearntPage(for: machine) : nil
        if json {
            try Terminal.output(json: Document(machine, learnt))
        } else {
            Terminal.output(
                MachineDescription(machine).page(style: Terminal.machineStyle))
            if let learnt { Terminal.output(learnt.text) }
        }
    }

    /// The machine with what follows from it.
    private struct Document: Encodable {
        let schema = "nilometer/detect/1"
        let machine: Machine
        let configuration: EngineConfiguration
        let profiles: [Profile]
        /// Left out where nothing was learnt.
        let learnt: LearntPage?

        init(_ machine: Machine, _ learnt: LearntPage?) {
            self.machine = machine
            self.learnt = learnt
            configuration = EngineConfiguration.automatic(for: machine)
            profiles = Profile.all(on: machine)
        }
    }
}

/// Detection with the tool's exit codes.
enum Detection {
    /// The machine of `source`, with the storage under `directory`.
    static func machine(_ source: TopologySource, directory: String) throws -> Machine {
        do {
            return try Machine.detect(
                Machine.DetectionOptions(topology: source, measuredDirectory: directory))
        } catch {
            switch error {
            case .topologyFileUnreadable, .topologyFileRefused, .syntheticDescriptionRefused,
                .directoryUnusable:
                throw Stop.badInput("\(error)")
            default: throw Stop.cannot("\(error)")
            }
        }
    }
}
