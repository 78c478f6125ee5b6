import StateMachines

/// Text forms, one for each fault: its name with hyphens, then what it is about.
///
///     crash n3            crash n3 tears      restart n3          freeze n3           thaw n3
///     partition n0 n1 | n2 n3 n4              block n0 > n1       heal
///     network loss=0.1 delay=uniform:1ms:5ms  link n0 > n1 loss=1 link n0 > n1 as-network
///     fail-syncs n2       fail-syncs n2 lasting                   stall n2            mend n2
///     clock n1 250ms
extension Fault: CustomStringConvertible {
    /// The text form, from which `init(parsing:)` makes the same fault again.
    public var description: String {
        switch self {
        case .crash(let node, .keeps): "crash \(node)"
        case .crash(let node, let disk): "crash \(node) \(disk.rawValue)"
        case .restart(let node): "restart \(node)"
        case .freeze(let node): "freeze \(node)"
        case .thaw(let node): "thaw \(node)"
        case .partition(let groups):
            (["partition"]
                + groups.map { $0.map(\.description) }.joined(separator: ["|"]))
                .joined(separator: " ")
        case .block(let sender, let receiver): "block \(sender) > \(receiver)"
        case .heal: "heal"
        case .network(let conditions): Self.join("network", conditions.description)
        case .link(let sender, let receiver, let conditions):
            Self.join("link \(sender) > \(receiver)", conditions?.description ?? "as-network")
        case .failSyncs(let node, let lasting): "fail-syncs \(node)" + (lasting ? " lasting" : "")
        case .stall(let node): "stall \(node)"
        case .mend(let node): "mend \(node)"
        case .clock(let node, let jump): "clock \(node) \(jump.text)"
        }
    }

    private static func join(_ name: String, _ rest: String) -> String {
        rest.isEmpty ? name : "\(name) \(rest)"
    }

    /// The fault that a text says; whether it is possible `validate` says.
    public init(parsing text: String) throws(SimulationProblem) {
        var line = ScheduleLine(text, number: 1)
        try self.init(&line)
    }

    /// Takes the rest of a line.
    init(_ line: inout ScheduleLine) throws(SimulationProblem) {
        let name = try line.word(Fault.form)
        switch name {
        case "crash": self = .crash(try line.node(), disk: try Fault.disk(&line))
        case "restart": self = .restart(try line.node())
        case "freeze": self = .freeze(try line.node())
        case "thaw": self = .thaw(try line.node())
        case "partition": self = .partition(try Fault.groups(&line))
        case "block":
            let (sender, receiver) = try Fault.link(&line)
            self = .block(from: sender, to: receiver)
        case "heal": self = .heal
        case "network": self = .network(try NetworkConditions(&line))
        case "link":
            let (sender, receiver) = try Fault.link(&line)
            let conditions = line.take("as-network") ? nil : try NetworkConditions(&line)
            self = .link(from: sender, to: receiver, conditions)
        case "fail-syncs": self = .failSyncs(try line.node(), lasting: line.take("lasting"))
        case "stall": self = .stall(try line.node())
        case "mend": self = .mend(try line.node())
        case "clock": self = .clock(try line.node(), jump: try line.span())
        default: throw line.problem("'\(name)'", Fault.form)
        }
        try line.end()
    }

    private static let form =
        "one of crash, restart, freeze, thaw, partition, block, heal, network, link, fail-syncs, "
        + "stall, mend, clock"

    private static func disk(_ line: inout ScheduleLine) throws(SimulationProblem) -> Disk {
        guard !line.isEmpty else { return .keeps }
        let expected = "keeps, loses or tears"
        return try line.parse(line.word(expected), expected) { Disk(rawValue: String($0)) }
    }

    private static func link(
        _ line: inout ScheduleLine
    ) throws(SimulationProblem) -> (NodeID, NodeID) {
        let sender = try line.node()
        try line.expect(">")
        return (sender, try line.node())
    }

    /// Groups between bars; none at all where there are no words.
    private static func groups(
        _ line: inout ScheduleLine
    ) throws(SimulationProblem) -> [[NodeID]] {
        guard !line.isEmpty else { return [] }
        var groups: [[NodeID]] = [[]]
        while !line.isEmpty {
            if line.take("|") {
                groups.append([])
            } else {
                groups[groups.count - 1].append(try line.node())
            }
        }
        return groups
    }
}
