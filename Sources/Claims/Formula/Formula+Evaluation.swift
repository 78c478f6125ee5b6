import Glibc
import Quantities

extension Formula {
    /// What it comes to, where `value` gives each name its figure.
    ///
    /// Throws when a name has no figure or is a range where a number is needed, when something is
    /// divided by zero, when figures of different dimensions are added or compared, and when no
    /// finite number comes out.
    func evaluate(
        _ value: @escaping (String) throws(Problem) -> Value
    ) throws(Problem) -> Value {
        let evaluation = Evaluation(expression: self, value: value)
        let low = try evaluation.number(self.low)
        guard let upper = self.high else { return low.value }
        let high = try evaluation.number(upper)
        let dimension = try evaluation.common([low, high])
        guard low.number <= high.number else {
            throw Problem(
                found: "the range '\(self)' from \(low.number) to \(high.number)",
                expected: "one that starts with its lower end")
        }
        return Value(low.number...high.number, dimension: dimension)
    }

    /// What it comes to in `unit`; throws as `evaluate` does, and when it counts something else.
    func evaluate(
        in unit: Unit, _ value: @escaping (String) throws(Problem) -> Value
    ) throws(Problem) -> ClosedRange<Double> {
        let result = try evaluate(value)
        guard let numbers = result.numbers(in: unit) else {
            throw Problem(
                found: "'\(self)', which comes to \(result.dimension ?? .none)",
                expected: "a figure in \(unit)")
        }
        return numbers
    }
}

/// A number on the way, in base units.
private struct Operand {
    let number: Double
    /// `nil` for a bare number.
    let dimension: Formula.Dimension?

    var value: Formula.Value { Formula.Value(number...number, dimension: dimension) }

    /// The dimension in a product, where bare numbers have none.
    var factor: Formula.Dimension { dimension ?? .none }
}

private struct Evaluation {
    let expression: Formula
    let value: (String) throws(Formula.Problem) -> Formula.Value

    func number(_ term: Formula.Term) throws(Formula.Problem) -> Operand {
        let result: Operand
        switch term {
        case .number(let number): result = Operand(number: number, dimension: nil)
        case .quantity(let number, let unit):
            result = single(Formula.Value(number...number, unit))
        case .name(let name): result = try number(named: name)
        case .negative(let term):
            let positive = try number(term)
            result = Operand(number: -positive.number, dimension: positive.dimension)
        case .operation(let left, let operation, let right):
            result = try apply(operation, number(left), number(right))
        case .call(let function, let arguments): result = try call(function, arguments)
        }
        guard result.number.isFinite else {
            throw Formula.Problem(
                found: "'\(expression)' without a finite value", expected: "a number")
        }
        return result
    }

    /// The dimension that all of `operands` have, bare numbers being taken for plain ones.
    func common(_ operands: [Operand]) throws(Formula.Problem) -> Formula.Dimension? {
        guard operands.contains(where: { $0.dimension != nil }) else { return nil }
        for operand in operands where operand.factor != operands[0].factor {
            throw Formula.Problem(
                found: "\(operands[0].factor) beside \(operand.factor) in '\(expression)'",
                expected: "figures of one dimension")
        }
        return operands[0].factor
    }

    private func single(_ value: Formula.Value) -> Operand {
        Operand(number: value.range.lowerBound, dimension: value.dimension)
    }

    private func number(named name: String) throws(Formula.Problem) -> Operand {
        let figure = try value(name)
        guard figure.range.lowerBound == figure.range.upperBound else {
            throw Formula.Problem(
                found: "'\(name)', which is a range, in '\(expression)'",
                expected: "low(\(name)) or high(\(name))")
        }
        return single(figure)
    }

    private func apply(
        _ operation: Formula.Operator, _ left: Operand, _ right: Operand
    ) throws(Formula.Problem) -> Operand {
        let isBare = left.dimension == nil && right.dimension == nil
        switch operation {
        case .plus:
            return Operand(
                number: left.number + right.number, dimension: try common([left, right]))
        case .minus:
            return Operand(
                number: left.number - right.number, dimension: try common([left, right]))
        case .times:
            return Operand(
                number: left.number * right.number,
                dimension: isBare ? nil : left.factor * right.factor)
        case .power: return try raised(left, to: right)
        case .over:
            guard right.number != 0 else {
                throw Formula.Problem(
                    found: "a division by zero in '\(expression)'",
                    expected: "a divisor that is not zero")
            }
            return Operand(
                number: left.number / right.number,
                dimension: isBare ? nil : left.factor / right.factor)
        }
    }

    private func raised(
        _ base: Operand, to exponent: Operand
    ) throws(Formula.Problem) -> Operand {
        try requirePlain([exponent], "an exponent")
        var dimension = base.dimension
        if base.factor != .none {
            guard let whole = Int(exactly: exponent.number), whole.magnitude <= 8 else {
                throw Formula.Problem(
                    found: "\(base.factor) to the power of \(exponent.number) in '\(expression)'",
                    expected: "a whole power")
            }
            dimension = base.factor.raised(to: whole)
        }
        return Operand(number: pow(base.number, exponent.number), dimension: dimension)
    }

    private func requirePlain(
        _ operands: [Operand], _ what: String
    ) throws(Formula.Problem) {
        for operand in operands where operand.factor != .none {
            throw Formula.Problem(
                found: "\(what) in \(operand.factor) in '\(expression)'",
                expected: "a plain number")
        }
    }

    private func call(
        _ function: Formula.Function, _ arguments: [Formula.Term]
    ) throws(Formula.Problem) -> Operand {
        if function == .low || function == .high {
            guard case .name(let name) = arguments[0] else {
                throw Formula.Problem(
                    found: "'\(function.rawValue)' of a formula in '\(expression)'",
                    expected: "a claim's name")
            }
            let figure = try value(name)
            let end = function == .low ? figure.range.lowerBound : figure.range.upperBound
            return Operand(number: end, dimension: figure.dimension)
        }
        var operands: [Operand] = []
        for argument in arguments { operands.append(try number(argument)) }
        let numbers = operands.map(\.number)
        switch function {
        case .log, .sqrt, .ceil, .floor:
            try requirePlain(operands, "'\(function.rawValue)' of a figure")
            return Operand(number: plain(function, numbers), dimension: try common(operands))
        case .abs: return Operand(number: numbers[0].magnitude, dimension: operands[0].dimension)
        case .min:
            return Operand(number: numbers.min() ?? numbers[0], dimension: try common(operands))
        case .max:
            return Operand(number: numbers.max() ?? numbers[0], dimension: try common(operands))
        case .low, .high: preconditionFailure("taken care of above")
        }
    }

    /// Functions of numbers without dimension.
    private func plain(_ function: Formula.Function, _ numbers: [Double]) -> Double {
        switch function {
        case .log: Glibc.log(numbers[1]) / Glibc.log(numbers[0])
        case .sqrt: numbers[0].squareRoot()
        case .ceil: numbers[0].rounded(.up)
        case .floor: numbers[0].rounded(.down)
        default: preconditionFailure("'\(function.rawValue)' is no function of plain numbers")
        }
    }
}
