import StateMachines

/// Says whether a history of concurrent operations is what somebody alone could have done, each operation
/// at one moment between its invocation and its answer.
///
/// Herlihy and Wing, "Linearizability: a correctness condition for concurrent objects", TOPLAS 12(3),
/// 1990. The condition is local: a history is linearizable if the operations on each object are, so keys
/// are searched one after the other (their section 3.2; Horn and Kroening, "Faster linearizability checking
/// via P-compositionality", FORTE 2015). The search is that of `LinearizationSearch`.
///
/// Operations that nobody heard an answer to may have taken effect at any time after their invocation, or
/// never. The same history and budget give the same verdict in any process.
public struct LinearizabilityChecker<Model: SequentialModel>: Sendable {
    /// What each object would do.
    public let model: Model
    /// How many transitions of the model are looked at for each key before the check gives up.
    public let budget: Int
    var planted = Planted<CheckerMistake>()

    /// A checker that gives up on a key after `budget` transitions, 1 at least. A processor looks at
    /// some millions of them in a second, and a history whose values differ takes a few for each of its
    /// operations.
    public init(_ model: Model, budget: Int = 2_000_000) {
        precondition(budget >= 1, "a budget of \(budget) steps")
        self.model = model
        self.budget = budget
    }

    /// Whether the history is linearizable. A violation is made as small as the budget allows.
    public func check(_ history: History<Model>) -> LinearizabilityVerdict<Model> {
        verdict(on: history)
    }

    private func verdict(on history: History<Model>) -> LinearizabilityVerdict<Model> {
        var orders: [[Int]] = []
        var unknown: (key: UInt64, steps: Int)?
        for (key, places) in objects(of: history) {
            let (outcome, steps) = search(history, SearchedObject.Part(places: places), budget)
            switch outcome {
            case .order(let order): orders.append(order)
            case .none: return .violation(explain(history, key, places))
            case .outOfBudget: unknown = unknown ?? (key, steps)
            }
        }
        if let unknown { return .unknown(key: unknown.key, steps: unknown.steps) }
        if planted.has(.keysOneAfterTheOther) {
            return .linearizable(orders.flatMap { history.merged([$0]) })
        }
        return .linearizable(history.merged(orders))
    }

    /// Searches for an order of a part of the operations on one object, as places of the history.
    func search(
        _ history: History<Model>, _ part: SearchedObject.Part, _ budget: Int
    ) -> (LinearizationSearch.Outcome, steps: Int) {
        let object = SearchedObject(history, part, model: model, planted: planted)
        var search = LinearizationSearch(object, budget: budget, planted: planted)
        switch search.run() {
        case .order(let order):
            return (.order(order.map { object.operations[$0].place }), search.steps)
        case let other: return (other, search.steps)
        }
    }

    private func objects(of history: History<Model>) -> [(key: UInt64, places: [Int])] {
        if planted.has(.keysShareOneObject) { return [(0, Array(history.operations.indices))] }
        return history.placesByKey
    }
}

extension LinearizabilityChecker where Model == Register {
    /// Whether the history of registers is linearizable: what `check` says of any model.
    ///
    /// It stands here for speed alone: the optimiser makes a search for registers of the general one,
    /// which it can do for callers in this module only.
    public func check(_ history: History<Register>) -> LinearizabilityVerdict<Register> {
        verdict(on: history)
    }
}
