import Measurement
import Runs

/// The parameters of a workload that its profiles give: each has one value under each profile, and
/// not the same under all. Figures that differ in nothing else belong side by side.
struct ProfileSettings {
    /// Their names, in the order of the alphabet.
    let names: [String]
    private let values: [String: [String: String]]

    /// The settings that tell `keys`, which are of one workload, apart by profile.
    init(of keys: [FigureKey]) {
        var found: [String: [String: Set<String>]] = [:]
        for key in keys {
            for pair in key.remainingParameters.pairs {
                found[pair.key, default: [:]][key.profile, default: []].insert(pair.value)
            }
        }
        let profiles = Set(keys.map(\.profile))
        var values: [String: [String: String]] = [:]
        for (name, byProfile) in found where byProfile.count == profiles.count {
            let single = byProfile.compactMapValues { $0.count == 1 ? $0.first : nil }
            if single.count == profiles.count, Set(single.values).count > 1 {
                values[name] = single
            }
        }
        self.values = values
        names = values.keys.sorted()
    }

    /// `key` without the settings.
    func strippedKey(of key: FigureKey) -> FigureKey {
        FigureKey(
            workload: key.workload, parameters: names.reduce(key.parameters) { $0.without($1) },
            profile: key.profile, metric: key.metric)
    }

    /// Each setting with its value under each of `profiles`.
    func rows(under profiles: [String]) -> [(name: String, values: [String])] {
        names.map { name in (name, profiles.map { values[name]?[$0] ?? "–" }) }
    }

    /// `low-latency: capacity=512 wait=busy-spin`, for each of `profiles`.
    func sentences(under profiles: [String]) -> [String] {
        guard !names.isEmpty else { return [] }
        return profiles.map { profile in
            "\(profile): "
                + names.map { "\($0)=\(values[$0]?[profile] ?? "–")" }.joined(separator: " ")
        }
    }
}
