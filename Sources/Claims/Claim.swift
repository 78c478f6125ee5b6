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
        /// The formula.
        public let expression: Located<Formula>
        /// The verdict when it does not come out as claimed.
        public let otherwise: Verdict
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
        case evidence(Evidence, shown: Arithmetic?)
        /// A calculation.
        case arithmetic(Arithmetic)
        /// A fact.
        case fact(StatedFact)
        /// Nothing yet, and why.
        case untestable(String)
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
    /// What must hold; `nil` for facts and for what cannot be tested.
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
        let other = boundary?.workload?.value
        return [evidence.workload.value] + (other.map { [$0] } ?? [])
    }
}

extension Unit {
    /// The unit spelt `text`, or the count of what `text` names.
    init(named text: String) { self = Unit(symbol: text) ?? .count(of: text) }
}
