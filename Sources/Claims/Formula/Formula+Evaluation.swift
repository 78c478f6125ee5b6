import Foundation

extension Formula {
    /// The value, a number being a range of one, where `value` gives each name its figure.
    ///
    /// Throws when a name has no figure or is a range where a number is needed, when something is
    /// divided by zero, and when no finite number comes out.
    public func evaluate(
        _ value: @escaping (String) throws(Problem) -> ClosedRange<Double>
    ) throws(Problem) -> ClosedRange<Double> {
        let evaluation = Evaluation(expression: self, value: value)
        let low = try evaluation.number(self.low)
        guard let high = try self.high.map({ high throws(Problem) in try evaluation.number(high) })
        else { return low...low }
        guard low <= high else {
            throw Problem(
                found: "the range '\(self)' from \(low) to \(high)",
                expected: "one that starts with its lower end")
        }
        return low...high
    }
}

private struct Evaluation {
    let expression: Formula
    let value: (String) throws(Formula.Problem) -> ClosedRange<Double>

    func number(_ term: Formula.Term) throws(Formula.Problem) -> Double {
        let result: Double
        switch term {
        case .number(let number): result = number
        case .name(let name): result = try number(named: name)
        case .negative(let term): result = -(try number(term))
        case .operation(let left, let operation, let right):
            result = try apply(operation, number(left), number(right))
        case .call(let function, let arguments): result = try call(function, arguments)
        }
        guard result.isFinite else {
            throw Formula.Problem(
                found: "'\(expression)' without a finite value", expected: "a number")
        }
        return result
    }

    private func number(named name: String) throws(Formula.Problem) -> Double {
        let range = try value(name)
        guard range.lowerBound == range.upperBound else {
            throw Formula.Problem(
                found: "'\(name)', which is a range, in '\(expression)'",
                expected: "low(\(name)) or high(\(name))")
        }
        return range.lowerBound
    }

    private func apply(
        _ operation: Formula.Operator, _ left: Double, _ right: Double
    ) throws(Formula.Problem) -> Double {
        switch operation {
        case .plus: return left + right
        case .minus: return left - right
        case .times: return left * right
        case .power: return pow(left, right)
        case .over:
            guard right != 0 else {
                throw Formula.Problem(
                    found: "a division by zero in '\(expression)'",
                    expected: "a divisor that is not zero")
            }
            return left / right
        }
    }

    private func call(
        _ function: Formula.Function, _ arguments: [Formula.Term]
    ) throws(Formula.Problem) -> Double {
        if function == .low || function == .high {
            guard case .name(let name) = arguments[0] else {
                throw Formula.Problem(
                    found: "'\(function.rawValue)' of a formula in '\(expression)'",
                    expected: "a claim's name")
            }
            let range = try value(name)
            return function == .low ? range.lowerBound : range.upperBound
        }
        var numbers: [Double] = []
        for argument in arguments { numbers.append(try number(argument)) }
        switch function {
        case .log: return Foundation.log(numbers[1]) / Foundation.log(numbers[0])
        case .sqrt: return numbers[0].squareRoot()
        case .ceil: return numbers[0].rounded(.up)
        case .floor: return numbers[0].rounded(.down)
        case .abs: return numbers[0].magnitude
        case .min: return numbers.min() ?? numbers[0]
        case .max: return numbers.max() ?? numbers[0]
        case .low, .high: preconditionFailure("taken care of above")
        }
    }
}
