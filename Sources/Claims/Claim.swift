import Quantities
import Runs
import StrictYAML

/// A statement of a document that figures, arithmetic or facts can decide.
public struct Claim: Sendable {
    /// How the document compares its figure.
    public enum Comparator: String, Sendable, CaseIterable {
        /// `=`
        case equal = "="
        /// `~`
        case about = "~"
        /// `<`
        case below = "<"
        /// `<=`
        case atMost = "<="
        /// `>`
        case above = ">"
        /// `>=`
        case atLeast = ">="

        /// What it asks for, where that is clear.
        var relation: Reading.Relation? {
            switch self {
            case .below, .atMost: .atMost
            case .above, .atLeast: .atLeast
            case .equal, .about: nil
            }
        }
    }

    /// How it is tested.
    public enum Method: String, Sendable, CaseIterable {
        /// By measuring it.
        case direct
        /// By a model fitted to measurements.
        case model
        /// By calculating.
        case arithmetic
        /// By measuring another product.
        case peer
        /// On hardware that a machine may lack.
        case hardware
    }

    /// A calculation.
    public struct Arithmetic: Sendable {
        /// What is calculated, in words; `nil` where the formula says it.
        public let what: String?
        /// The formula.
        public let expression: Located<Formula>
        /// The verdict when it does not come out as claimed.
        public let otherwise: Verdict
        /// What must come out, where that is not the claimed figure itself.
        public let reading: Reading?
    }

    /// What the document says elsewhere that cannot be true beside the claim.
    public struct Contradiction: Sendable {
        /// What it is and why both cannot be: a sentence.
        public let because: String
        /// The claims that say so, where they are claims.
        public let claims: [Located<String>]
    }

    /// A fact that the claim states of the machine or of the engine.
    public struct StatedFact: Sendable {
        /// The fact.
        public let name: String
        /// What it is according to the claim.
        public let test: Requirement.Test
    }

    /// What decides it.
    public enum Decision: Sendable {
        /// Figures; the arithmetic beside them is shown and does not decide.
        case evidence(Evidence, shown: [Arithmetic])
        /// Calculations, the first that does not come out as claimed before all others.
        case arithmetic([Arithmetic])
        /// A fact.
        case fact(StatedFact)
        /// The document itself.
        case contradiction(Contradiction)
        /// Nothing yet, for want of this part of the engine or of the suite. Arithmetic decides
        /// against the claim all the same.
        case notBuilt(String, against: [Arithmetic])
        /// Nothing, and what is missing, which is no part of this project. Arithmetic decides
        /// against the claim all the same.
        case untestable(String, against: [Arithmetic])
    }

    /// Identifier, such as `SN-SPSC-80`.
    public let id: Located<String>
    /// Where in the document.
    public let section: String
    /// What it is about.
    public let subject: String
    /// What it says of it.
    public let metric: String
    /// How the figure is compared.
    public let comparator: Comparator
    /// The figure as the document has it.
    public let value: ClaimedValue
    /// Its unit as the document has it.
    public let unit: String
    /// Under which conditions, as far as the document says.
    public let conditions: String?
    /// How it is tested.
    public let how: Method
    /// What decides it.
    public let decision: Decision
    /// What must hold; `nil` where no figure is set beside the claimed one.
    public let reading: Reading?
    /// Where to look for what would make it true.
    public let boundary: Boundary?
    /// What it presumes of the machine.
    public let requirements: [Requirement]
    /// What else a reader of the verdict should know.
    public let note: String?

    /// The unit of its figures.
    var figureUnit: Unit { reading?.unit?.value ?? Unit(named: unit) }

    /// The workloads whose figures decide it, or show where it would hold.
    public var workloads: [String] {
        guard case .evidence(let evidence, _) = decision else { return [] }
        let models = [evidence.extrapolation].compactMap { $0 } + evidence.alternatives
        let others = models.map { $0.law?.workload?.value } + [boundary?.workload?.value]
        return others.compactMap { $0 }.reduce(into: [evidence.workload.value]) { names, name in
            if !names.contains(name) { names.append(name) }
        }
    }
}
