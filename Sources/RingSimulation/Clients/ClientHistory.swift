public import Checkers
public import ShenRing

// What clients of replicated state ask and hear, as their history's checker calls it.

extension OperationID {
    /// The request of this name.
    public init(_ id: RequestID) { self.init(client: id.client, number: id.number) }
}

extension Register.Operation {
    /// What a client wants done.
    public init(_ operation: KeyedOperation) {
        switch operation {
        case .read: self = .read
        case .write(let value): self = .write(value)
        case .compareAndSet(let expected, let value):
            self = .compareAndSet(expected: expected, value: value)
        }
    }
}

extension Register.Answer {
    /// The answer that an outcome is; nil where it is none.
    public init?(_ outcome: RequestOutcome) {
        switch outcome {
        case .written: self = .written
        case .mismatch(let held): self = .mismatch(held)
        case .value(let value): self = .value(value)
        case .redirected, .overloaded, .forgotten: return nil
        }
    }
}
