import StateMachines

/// How many of the operations that are still to be put in order need each state, and leave it.
struct StateNeeds {
    /// Of each state, the answered operations that can only be in it.
    private var demand: [Int32]
    /// Of each state, the unanswered operations that would do something only in it.
    private var hope: [Int32]
    /// Of each state, the operations that leave it where they found another.
    private var supply: [Int32]

    init(_ object: SearchedObject, states: Int) {
        demand = Array(repeating: 0, count: states)
        hope = demand
        supply = demand
        for (place, operation) in object.operations.enumerated() {
            count(operation, isAnswered: place < object.answered, change: 1)
        }
    }

    /// Counts an operation that has been put in, by -1, or taken out again, by 1.
    mutating func count(
        _ operation: SearchedObject.Operation, isAnswered: Bool, change: Int32
    ) {
        if operation.needs >= 0 {
            if isAnswered {
                demand[Int(operation.needs)] += change
            } else {
                hope[Int(operation.needs)] += change
            }
        }
        if operation.leaves >= 0 { supply[Int(operation.leaves)] += change }
    }

    /// How many answered operations still need a state.
    func demand(for state: Int32) -> Int32 { demand[Int(state)] }

    /// Whether no operation could make use of a state.
    func isFree(_ state: Int32) -> Bool { demand[Int(state)] == 0 && hope[Int(state)] == 0 }

    /// Whether unanswered operations could make use of a state.
    func isHopedFor(_ state: Int32) -> Bool { hope[Int(state)] > 0 }

    /// Whether a state is still needed once an operation has been put in that leaves another one, and
    /// cannot be come by again.
    func isLost(
        _ state: Int32, after operation: SearchedObject.Operation, isAnswered: Bool,
        _ planted: Planted<CheckerMistake>
    ) -> Bool {
        let own: Int32 = isAnswered && operation.needs == state ? 1 : 0
        return demand[Int(state)] > own
            && (supply[Int(state)] == 0 || planted.has(.everyValueWrittenOnce))
    }
}
