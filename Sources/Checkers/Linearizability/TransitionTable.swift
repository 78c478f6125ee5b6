/// What the operations on one object do to its states, both by number: asks the model once for each pair.
///
/// Space: up to `mostRemembered` pairs; beyond that the model is asked each time.
struct TransitionTable {
    private static let unknown: Int32 = -1
    private static let mostRemembered = 1 << 22

    private let operations: Int
    private var rows: [Int32] = []
    private let compute: (_ state: Int32, _ operation: Int) -> Int32

    /// The transitions of operations as `model` has them.
    init<Model: SequentialModel>(
        _ model: Model, _ states: StateNumbers<Model.State>,
        _ operations: [(operation: Model.Operation, answer: Model.Answer?)]
    ) {
        self.operations = operations.count
        compute = { state, place in
            let (operation, answer) = operations[place]
            let next = model.state(
                after: operation, answered: answer, from: states.state(of: state))
            guard let next else { return SearchedObject.refused }
            return states.number(of: next)
        }
    }

    /// The state after an operation; `SearchedObject.refused` where it would have been answered
    /// otherwise. O(1), and a question to the model the first time.
    mutating func state(after operation: Int, from state: Int32) -> Int32 {
        let place = Int(state) * operations + operation
        guard place < Self.mostRemembered else { return compute(state, operation) }
        if place >= rows.count {
            let missing = (Int(state) + 1) * operations - rows.count
            rows.append(contentsOf: repeatElement(Self.unknown, count: missing))
        }
        if rows[place] == Self.unknown { rows[place] = compute(state, operation) }
        return rows[place]
    }
}

/// Numbers for states, in the order in which they were met.
final class StateNumbers<State: Hashable> {
    private var states: [State]
    private var numbers: [State: Int32]

    /// The initial state is 0.
    init(_ initial: State) {
        states = [initial]
        numbers = [initial: 0]
    }

    /// How many states have numbers.
    var count: Int { states.count }

    func state(of number: Int32) -> State { states[Int(number)] }

    /// The state's number: the next one where it has none.
    func number(of state: State) -> Int32 {
        if let number = numbers[state] { return number }
        let number = Int32(states.count)
        states.append(state)
        numbers[state] = number
        return number
    }
}
