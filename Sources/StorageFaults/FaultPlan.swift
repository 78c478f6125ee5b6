import Storage

/// What goes wrong, and when.
///
/// Operations are named as in the errors that users see. A rule fits the next operations of its kind
/// that come after those it lets pass; the first rule that fits is the one that counts.
package struct FaultPlan: Sendable, CustomStringConvertible {
    /// What becomes of an operation.
    package enum Fault: Hashable, Sendable, CustomStringConvertible {
        /// It is refused and does nothing; a sync loses what it was to bring to the device.
        case error(ErrorNumber)
        /// A read or write handles only so many bytes; an operation without bytes is not touched.
        case short(Int)

        /// How often it comes when it is to last: errors for ever, short transfers a few times, since
        /// a file that is written byte by byte shows nothing more and takes long.
        package var lasting: Int {
            switch self {
            case .error: .max
            case .short: 4
            }
        }

        /// The error or the length.
        package var description: String {
            switch self {
            case .error(let number): "\(number)"
            case .short(let count): "short after \(count) bytes"
            }
        }
    }

    private struct Rule: Sendable {
        let operation: StorageError.Operation
        let fault: Fault
        var passes: Int
        var remaining: Int
    }

    private var rules: [Rule] = []

    /// Nothing goes wrong.
    package init() {}

    /// Lets `passes` operations of the kind pass, and the next `times` end in `fault`.
    package mutating func inject(
        _ fault: Fault, on operation: StorageError.Operation, after passes: Int = 0,
        times: Int = 1
    ) {
        rules.append(
            Rule(operation: operation, fault: fault, passes: passes, remaining: times))
    }

    /// Whether nothing goes wrong.
    package var isEmpty: Bool { rules.isEmpty }

    /// Lets everything succeed from now on.
    package mutating func heal() { rules = [] }

    /// What becomes of the next operation of this kind, if it is not to succeed.
    mutating func next(for operation: StorageError.Operation) -> Fault? {
        for index in rules.indices where rules[index].operation == operation {
            if rules[index].passes > 0 {
                rules[index].passes -= 1
            } else if rules[index].remaining > 0 {
                rules[index].remaining -= 1
                return rules[index].fault
            }
        }
        return nil
    }

    /// The rules, in a line.
    package var description: String {
        rules.isEmpty
            ? "no faults"
            : rules.map {
                "\($0.operation) after \($0.passes), \($0.remaining) times: \($0.fault)"
            }.joined(separator: "; ")
    }
}
