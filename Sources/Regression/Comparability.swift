import Hardware

/// What must agree before figures of two sides may be held against each other.
public enum Comparability {
    /// A fact in which the sides differ.
    public struct Difference: Codable, Hashable, Sendable, CustomStringConvertible {
        /// The fact: `processor model`, `kernel major version`, `method version`.
        public let fact: String
        /// What the base has; `nil` when it is unknown.
        public let base: String?
        /// What the new side has.
        public let new: String?

        /// A difference.
        public init(fact: String, base: String?, new: String?) {
            self.fact = fact
            self.base = base
            self.new = new
        }

        /// `processor model: base has 'A', new has 'B'`.
        public var description: String {
            "\(fact): base has \(Difference.quoted(base)), new has \(Difference.quoted(new))"
        }

        private static func quoted(_ value: String?) -> String {
            value.map { "'\($0)'" } ?? "no known one"
        }
    }

    /// The facts in which the sides differ, in a fixed order; empty when they are comparable.
    public static func differences(
        base: MeasuredSide, new: MeasuredSide
    ) -> [Difference] {
        var found = base.fingerprint.differences(from: new.fingerprint).map {
            Difference(fact: $0.fact, base: $0.here, new: $0.there)
        }
        if base.method != new.method {
            found.append(
                Difference(fact: "method version", base: "\(base.method)", new: "\(new.method)"))
        }
        return found
    }

    /// Why `threshold` is refused: the greatest effect that noise alone passes for among what the
    /// sides know of their machine. `nil` when it is not, or when nothing is known.
    public static func refusal(
        of threshold: Double, base: MeasuredSide, new: MeasuredSide?
    ) -> String? {
        effect(base: base, new: new)?.refusal(of: threshold)
    }

    /// The smallest detectable effect of the noisier side; `nil` when neither knows one.
    public static func effect(base: MeasuredSide, new: MeasuredSide?) -> DetectableEffect? {
        [base.detectableEffect, new?.detectableEffect].compactMap { $0 }
            .max { $0.effect < $1.effect }
    }
}
