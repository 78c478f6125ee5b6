import Quantities

extension Formula {
    /// What a formula, or a name in it, comes to: a number or a range, and what that counts.
    ///
    /// Bare numbers have the unit of whatever they are set beside. Figures have a dimension, which
    /// adding keeps and multiplying changes: 100 writers over 5 ms are 20 000 a second. Counts and
    /// ratios are numbers without dimension, and events a second are 1/time.
    struct Value: Hashable, Sendable {
        /// The ends, equal for a number; in seconds and bytes where they count these.
        let range: ClosedRange<Double>
        /// The dimension; `nil` for bare numbers.
        let dimension: Dimension?

        /// Bare numbers.
        init(_ range: ClosedRange<Double>) {
            self.range = range
            dimension = nil
        }

        /// Figures in `unit`.
        init(_ range: ClosedRange<Double>, _ unit: Unit) {
            let low = Quantity(range.lowerBound, unit).baseValue
            self.range = low...max(low, Quantity(range.upperBound, unit).baseValue)
            dimension = Dimension(unit)
        }

        init(_ range: ClosedRange<Double>, dimension: Dimension?) {
            self.range = range
            self.dimension = dimension
        }

        /// The ends in `unit`; `nil` when that has another dimension. Bare numbers are in it.
        func numbers(in unit: Unit) -> ClosedRange<Double>? {
            guard let dimension else { return range }
            guard dimension == Dimension(unit) else { return nil }
            func number(_ base: Double) -> Double {
                let perUnit = (1 / unit.scale).rounded()
                // 1 / 1e-9 is not 1e9 in binary.
                return unit.scale < 1 && (perUnit * unit.scale - 1).magnitude < 1e-12
                    ? base * perUnit : base / unit.scale
            }
            let low = number(range.lowerBound)
            return low...max(low, number(range.upperBound))
        }
    }

    /// Powers of what figures count: time and information.
    struct Dimension: Hashable, Sendable, CustomStringConvertible {
        var time = 0
        var information = 0

        /// That of numbers.
        static let none = Dimension()

        init(time: Int = 0, information: Int = 0) {
            self.time = time
            self.information = information
        }

        init(_ unit: Unit) {
            switch unit.dimension {
            case .time: time = 1
            case .information: information = 1
            case .frequency: time = -1
            case .bandwidth: (time, information) = (-1, 1)
            case .ratio, .count: break
            }
        }

        static func * (left: Dimension, right: Dimension) -> Dimension {
            Dimension(
                time: left.time + right.time, information: left.information + right.information)
        }

        static func / (left: Dimension, right: Dimension) -> Dimension {
            left * right.raised(to: -1)
        }

        func raised(to power: Int) -> Dimension {
            Dimension(time: time * power, information: information * power)
        }

        /// As in "a figure in seconds".
        var description: String {
            switch (time, information) {
            case (0, 0): "plain numbers"
            case (1, 0): "seconds"
            case (-1, 0): "events a second"
            case (0, 1): "bytes"
            case (-1, 1): "bytes a second"
            default: "seconds^\(time) bytes^\(information)"
            }
        }
    }
}
