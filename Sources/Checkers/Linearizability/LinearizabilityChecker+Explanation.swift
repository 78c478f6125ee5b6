extension LinearizabilityChecker {
    /// The violation that the operations at some places are, with as few of them as it takes.
    ///
    /// What may be left out has to leave behind a history that is linearizable if the whole one is, or
    /// else the rest would contradict itself for want of what was left out (a read of a value without
    /// its write). These may be:
    /// - everything invoked after `blocked` was answered, and the answers that came later: a history that
    ///   is linearizable is so up to any moment;
    /// - silent operations: they change nothing for the others;
    /// - the answers of others. Unanswered, an operation can do whatever it could do before, and those
    ///   that do not matter are dropped by the model.
    ///
    /// Delta debugging (Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", IEEE
    /// TSE 28(2), 2002) with halving chunks, then one by one until none can be spared. O(n²) searches
    /// at worst, of which each is cut off at the budget; they share ten budgets.
    func explain(
        _ history: History<Model>, _ key: UInt64, _ places: [Int], longest: [Int], blocked: Int
    ) -> LinearizabilityViolation<Model> {
        let end = history.ends[blocked]
        let inTime = places.filter { history.calls[$0] < end }
        var core = inTime.filter { history.ends[$0] <= end }
        var others = inTime.filter { history.ends[$0] > end }
        var left = budget * 10
        var isSmallest = true

        // Whether there is still a violation without the answers of some operations of the core.
        func isViolation(without spared: Set<Int>) -> Bool {
            guard left > 0 else {
                isSmallest = false
                return false
            }
            let unheard = spared.filter { !isSilent($0, history) }
            let kept = core.filter { !spared.contains($0) } + unheard + others
            let object = SearchedObject(
                history, kept.sorted(), relaxing: unheard.union(others), model: model)
            var search = LinearizationSearch(object, budget: min(budget, left))
            defer { left -= search.steps }
            switch search.run() {
            case .none: return true
            case .order: return false
            case .outOfBudget:
                isSmallest = false
                return false
            }
        }

        var size = max(1, core.count / 2)
        while true {
            let before = core.count
            var start = 0
            while start < core.count {
                let chunk = Set(core[start..<min(core.count, start + size)])
                if chunk.count < core.count, isViolation(without: chunk) {
                    core.removeAll { chunk.contains($0) }
                    others += chunk.filter { !isSilent($0, history) }
                } else {
                    start += size
                }
            }
            if size == 1, core.count == before { break }
            size = max(1, size / 2)
        }
        let background = background(history, core: core, others: others.sorted())
        return LinearizabilityViolation(
            key: key, explained: longest, blocked: blocked, core: core, background: background,
            isSmallest: isSmallest, operations: core.map { history.operations[$0] })
    }

    private func isSilent(_ place: Int, _ history: History<Model>) -> Bool {
        let operation = history.operations[place]
        return model.isSilent(operation.operation, answered: operation.answer)
    }

    /// Those of the other operations that matter to the core.
    private func background(_ history: History<Model>, core: [Int], others: [Int]) -> [Int] {
        let matter = model.matter(
            others.map { history.operations[$0].operation },
            to: core.compactMap { place in
                let operation = history.operations[place]
                return operation.answer.map { (operation.operation, $0) }
            })
        return zip(others, matter).filter(\.1).map(\.0)
    }
}
