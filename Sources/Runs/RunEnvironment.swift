public import Diagnosis
import Hardware

/// What the doctor found before and after a run's forks; `nil` where it was not asked, as in
/// folders of earlier versions.
public struct RunCheckups: Codable, Sendable {
    /// Before the first fork.
    public var before: Checkup?
    /// After the last one.
    public var after: Checkup?

    /// What was found.
    public init(before: Checkup? = nil, after: Checkup? = nil) {
        self.before = before
        self.after = after
    }
}

/// `environment.json`: the machine's own document, with the doctor's findings under `doctor`.
struct RunEnvironment: Codable {
    var machine: Machine
    var checkups: RunCheckups

    private enum Key: String, CodingKey { case doctor }

    init(machine: Machine, checkups: RunCheckups) {
        self.machine = machine
        self.checkups = checkups
    }

    init(from decoder: any Decoder) throws {
        machine = try Machine(from: decoder)
        let container = try decoder.container(keyedBy: Key.self)
        checkups =
            try container.decodeIfPresent(RunCheckups.self, forKey: .doctor) ?? RunCheckups()
    }

    func encode(to encoder: any Encoder) throws {
        try machine.encode(to: encoder)
        guard checkups.before != nil || checkups.after != nil else { return }
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(checkups, forKey: .doctor)
    }
}
