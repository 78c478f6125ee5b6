import StrictYAML

extension Evidence {
    /// Carries figures beyond what was measured, by a model whose assumption is stated.
    public struct Extrapolation: Sendable {
        /// What carries them.
        public enum Model: Sendable {
            /// A formula of the figure, which it calls `measured`: `measured * 1024`. It must rise
            /// or fall with the figure throughout.
            case formula(Located<Formula>)
            /// A law fitted to figures along a parameter.
            case law(Law)
        }

        /// The Universal Scalability Law (see `ScalabilityFit`) over the figures along a parameter
        /// that says how many work at once.
        public struct Law: Sendable {
            /// The laws that there are.
            enum Name: String, CaseIterable {
                case usl
            }

            /// Which of the figures are fitted.
            public enum Points: String, Sendable, CaseIterable {
                /// All that were measured: for work that waits for what is shared.
                case all
                /// Those of no more workers than the machine has cores: for work that is limited by
                /// the processors, which more workers only share.
                case upToCores = "up-to-cores"
            }

            /// The parameter.
            public let over: Located<String>
            /// The value of the parameter to which the law is carried; a formula over claims.
            public let to: Located<Formula>
            /// Which figures are fitted.
            public let points: Points
            /// The workload, where it is not the evidence's own.
            public let workload: Located<String>?
            /// Which of its figures count, in place of the evidence's conditions.
            public let filter: Filter?
        }

        /// What the formula calls the measured figure.
        static let measured = "measured"

        /// What carries the figures.
        public let model: Model
        /// What has to be so for the model to hold: a clause.
        public let assumption: String

        /// The law, where it is one.
        var law: Law? {
            if case .law(let law) = model { law } else { nil }
        }

        /// The formula in the model: of the figure, or of how far the law is carried.
        var formula: Located<Formula> {
            switch model {
            case .formula(let formula): formula
            case .law(let law): law.to
            }
        }
    }
}
