import Measurement
import Regression
import Runs

/// What tells a workload's metrics apart in one comparison: the parameters whose values differ among
/// them, and the profile where there are several. Names are long, and a terminal is narrow.
struct DistinctParameters {
    private var values: [String: [String: Set<String>]] = [:]
    private var profiles: Set<String> = []

    init(_ identities: [FigureIdentity]) {
        for identity in identities {
            let key = identity.key
            profiles.insert(key.profile)
            // An absent parameter is a value too: some figures of a workload lack what others have.
            let known = Set(key.parameters.pairs.map(\.key))
                .union(values[key.workload].map { Set($0.keys) } ?? [])
            let isFirst = values[key.workload] == nil
            for name in known {
                if !isFirst, values[key.workload]?[name] == nil {
                    values[key.workload, default: [:]][name] = [""]
                }
                values[key.workload, default: [:]][name, default: []]
                    .insert(key.parameters[name] ?? "")
            }
            if isFirst, known.isEmpty { values[key.workload] = [:] }
        }
    }

    /// The parameters of `identity` that matter: `contender=a;nodes=10`.
    func text(of identity: FigureIdentity) -> String {
        let key = identity.key
        let told = key.parameters.pairs.filter { (values[key.workload]?[$0.key]?.count ?? 0) > 1 }
            .map { "\($0.key)=\($0.value)" }
        return (told + (profiles.count > 1 ? ["profile=\(key.profile)"] : []))
            .joined(separator: ";")
    }
}
