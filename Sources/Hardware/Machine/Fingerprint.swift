/// The facts that must be equal for figures of two runs to be comparable.
public struct Fingerprint: Codable, Hashable, Sendable {
    /// The processor's name; `nil`, like every field, when it is unknown.
    public var processorModel: String?
    /// How many cores the process could keep busy.
    public var usableCores: Int?
    /// Whether cores run several hardware threads.
    public var simultaneousMultithreading: Bool?
    /// The kernel's major version.
    public var kernelMajorVersion: Int?
    /// The hypervisor, or `none`.
    public var virtualisation: String?

    /// A fact in which two machines differ.
    public struct Difference: Codable, Hashable, Sendable, CustomStringConvertible {
        /// The fact's name.
        public var fact: String
        /// What this side has; `nil` when it is unknown.
        public var here: String?
        /// What the other side has; `nil` when it is unknown.
        public var there: String?

        /// `kernel major version: 6, not 5`.
        public var description: String {
            "\(fact): \(here ?? "unknown"), not \(there ?? "unknown")"
        }
    }

    /// The facts in which `other` differs, in a fixed order; empty when figures are comparable.
    ///
    /// What is known on one side alone differs: nobody can say that it is equal. What is unknown
    /// on both is left out, for nothing can be named that differs.
    public func differences(from other: Fingerprint) -> [Difference] {
        let facts: [(name: String, here: String?, there: String?)] = [
            ("processor model", processorModel, other.processorModel),
            ("usable cores", text(usableCores), text(other.usableCores)),
            (
                "simultaneous multithreading", text(simultaneousMultithreading),
                text(other.simultaneousMultithreading)
            ),
            ("kernel major version", text(kernelMajorVersion), text(other.kernelMajorVersion)),
            ("virtualisation", virtualisation, other.virtualisation),
        ]
        return facts.filter { $0.here != $0.there }.map {
            Difference(fact: $0.name, here: $0.here, there: $0.there)
        }
    }

    private func text(_ value: (some CustomStringConvertible)?) -> String? {
        value.map { "\($0)" }
    }
}

extension Machine {
    /// What of this machine must be equal for figures to be comparable.
    public var fingerprint: Fingerprint {
        Fingerprint(
            processorModel: topology.processorModel.value,
            usableCores: usableCoreCount.value,
            simultaneousMultithreading: environment.simultaneousMultithreading.value,
            kernelMajorVersion: environment.kernelMajorVersion.value,
            virtualisation: environment.virtualisation.value.map { "\($0)" })
    }
}
