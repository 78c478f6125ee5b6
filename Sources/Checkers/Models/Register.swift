/// A register: it holds one value or none, and knows comparison. The model of a key of a replicated store.
public struct Register: SequentialModel {
    /// What a client asks.
    public enum Operation: Hashable, Sendable {
        /// What the register holds.
        case read
        /// The register holds this from then on.
        case write([UInt8])
        /// The register holds `value` from then on if it held `expected`; nil stands for no value.
        case compareAndSet(expected: [UInt8]?, value: [UInt8])
    }

    /// What a client hears.
    public enum Answer: Hashable, Sendable {
        /// To a read: what the register held, nil where nobody had written.
        case value([UInt8]?)
        /// To a write, and to a comparison that held: done.
        case written
        /// To a comparison that failed: what the register held instead.
        case mismatch([UInt8]?)
        /// To a comparison that failed, where nothing is told of what the register held.
        case differs
    }

    /// What the register holds; nil where nobody has written.
    public typealias State = [UInt8]?

    /// The model of an empty register.
    public init() {}

    /// No value.
    public var initial: State { nil }

    /// The state after an operation; nil where it would have been answered otherwise, which includes
    /// answers that belong to another kind of operation.
    public func state(
        after operation: Operation, answered answer: Answer?, from state: State
    ) -> State? {
        switch (operation, answer) {
        case (.read, nil): .some(state)
        case (.read, .value(let told)): told == state ? .some(state) : nil
        case (.write(let value), nil), (.write(let value), .written): .some(value)
        case (.compareAndSet(let expected, let value), nil):
            .some(expected == state ? value : state)
        case (.compareAndSet(let expected, let value), .written):
            expected == state ? .some(value) : nil
        case (.compareAndSet(let expected, _), .mismatch(let held)):
            held == state && expected != state ? .some(state) : nil
        case (.compareAndSet(let expected, _), .differs):
            expected != state ? .some(state) : nil
        default: nil
        }
    }

    /// Reads and failed comparisons.
    public func isSilent(_ operation: Operation, answered answer: Answer?) -> Bool {
        switch (operation, answer) {
        case (.read, _), (.compareAndSet, .mismatch), (.compareAndSet, .differs): true
        default: false
        }
    }

    /// Known, but for a comparison of which only is told that it failed.
    public func effect(
        of operation: Operation, answered answer: Answer?
    ) -> KnownEffect<State>? {
        switch (operation, answer) {
        case (.read, .value(let held)): .observes(held)
        case (.write(let value), nil), (.write(let value), .written): .overwrites(value)
        case (.compareAndSet(let expected, let value), nil),
            (.compareAndSet(let expected, let value), .written):
            .replaces(expected, by: value)
        case (.compareAndSet(let expected, _), .mismatch(let held)) where held != expected:
            .observes(held)
        default: nil
        }
    }

    /// The writes and comparisons whose value somebody has seen.
    ///
    /// Why the others make no difference: let an order explain the answered operations, and let an
    /// unanswered operation in it set the register to `v`, which nobody has seen: no read and no failed
    /// comparison told `v`, and none expected it whose answer was that it held, or that matters itself.
    /// Up to the next change of the register nobody can have been answered, since any answer but "not
    /// what you expect" would have told `v` (where one was answered that, all are kept); what is there
    /// unanswered can be left out of the order. The next change is no comparison that held, which would
    /// have expected `v`; so it is a write, and leaves the same without the operation as with it. To
    /// leave out a comparison may leave others unseen, whence the repetition.
    public func matter(
        _ unanswered: [Operation], to answered: [(operation: Operation, answer: Answer)]
    ) -> [Bool] {
        var seen: Set<[UInt8]> = []
        for (operation, answer) in answered {
            switch (operation, answer) {
            case (_, .value(let value?)), (_, .mismatch(let value?)): seen.insert(value)
            case (.compareAndSet(let expected?, _), .written): seen.insert(expected)
            case (_, .differs): return unanswered.map { $0 != .read }
            default: break
            }
        }
        var matter = unanswered.map { _ in false }
        var grew = true
        while grew {
            grew = false
            for (place, operation) in unanswered.enumerated() where !matter[place] {
                switch operation {
                case .read: break
                case .write(let value): matter[place] = seen.contains(value)
                case .compareAndSet(let expected, let value):
                    matter[place] = seen.contains(value)
                    if matter[place], let expected, seen.insert(expected).inserted { grew = true }
                }
            }
        }
        return matter
    }
}
