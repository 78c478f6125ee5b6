@testable import Checkers

/// Tries every order of every choice of unanswered operations of a small history, over all keys at once:
/// the definition of Herlihy and Wing, section 2, and nothing clever.
struct ReferenceChecker<Model: SequentialModel> {
    let model: Model
    let history: History<Model>

    init(_ model: Model, _ history: History<Model>) {
        self.model = model
        self.history = history
    }

    var isLinearizable: Bool { canGoOn(from: [:], without: Set(history.operations.indices)) }

    /// - Parameter open: the places of the operations that have not been put in order.
    private func canGoOn(from states: [UInt64: Model.State], without open: Set<Int>) -> Bool {
        if open.allSatisfy({ history.operations[$0].heard == nil }) { return true }
        for place in open.sorted() {
            guard !open.contains(where: { history.precedes($0, place) }) else { continue }
            let operation = history.operations[place]
            let next = model.state(
                after: operation.operation, answered: operation.answer,
                from: states[operation.key] ?? model.initial)
            guard let next else { continue }
            var after = states
            after.updateValue(next, forKey: operation.key)
            if canGoOn(from: after, without: open.subtracting([place])) { return true }
        }
        return false
    }
}
