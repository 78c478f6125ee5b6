/// What can be asked to be counted, by name.
public enum CounterName: Hashable, Sendable, CustomStringConvertible {
    /// A preset event of PAPI, such as `PAPI_TOT_INS`.
    case preset(String)
    /// An event of one of PAPI's components, by PAPI's name.
    case native(String)
    /// An event that the kernel counts.
    case software(SoftwareEvent)
    /// A software-defined event that a benchmark publishes (`sde:::LIBRARY::EVENT`).
    case published(String)

    /// Short names of presets, after `perf list`.
    public static let aliases: [(alias: String, preset: String)] = [
        ("instructions", "PAPI_TOT_INS"), ("cycles", "PAPI_TOT_CYC"),
        ("ref-cycles", "PAPI_REF_CYC"), ("branches", "PAPI_BR_INS"),
        ("branch-misses", "PAPI_BR_MSP"), ("l1d-misses", "PAPI_L1_DCM"),
        ("l2d-misses", "PAPI_L2_DCM"), ("l3-misses", "PAPI_L3_TCM"),
        ("dtlb-misses", "PAPI_TLB_DM"), ("stalled-cycles", "PAPI_RES_STL"),
    ]

    /// The counter that `text` names. What is neither an alias, a preset, a software event nor a
    /// software-defined event is taken for a native event; whether there is such a one, only PAPI
    /// can tell (`CounterLibrary.problem`).
    public init(_ text: String) {
        if let alias = CounterName.aliases.first(where: { $0.alias == text }) {
            self = .preset(alias.preset)
        } else if let event = SoftwareEvent(rawValue: text) ?? SoftwareEvent(libpfmName: text) {
            self = .software(event)
        } else if text.hasPrefix("PAPI_") {
            self = .preset(text)
        } else if text.hasPrefix("sde:::") {
            self = .published(text)
        } else {
            self = .native(text)
        }
    }

    /// The one spelling under which it is in results.
    public var description: String {
        switch self {
        case .preset(let name), .native(let name), .published(let name): name
        case .software(let event): event.rawValue
        }
    }

    /// Whether it counts nanoseconds instead of events.
    public var isTime: Bool {
        if case .software(let event) = self { return event.isTime }
        return false
    }
}

extension CounterName: Codable {
    /// Decodes the name.
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    /// Encodes the name.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
