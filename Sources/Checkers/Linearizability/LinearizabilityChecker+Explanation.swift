extension LinearizabilityChecker {
    /// The violation that the operations on one key are.
    func explain(
        _ history: History<Model>, _ key: UInt64, _ places: [Int]
    ) -> LinearizabilityViolation<Model> {
        var reduction = ViolationReduction(self, history, places)
        let (explained, blocked) = reduction.cut()
        reduction.shrink()
        return LinearizabilityViolation(
            key: key, explained: explained, blocked: blocked, core: reduction.core,
            background: reduction.background, isSmallest: reduction.isSmallest,
            operations: reduction.core.map { history.operations[$0] })
    }
}

/// Makes a violation as small as can be.
///
/// What is left out has to leave behind a history that is linearizable if the whole one is, or else the
/// rest would contradict itself for want of what was left out (a read of a value without its write).
/// These may be left out:
/// - what was invoked, or answered, after some moment: what is linearizable is so up to any moment;
/// - silent operations: they change nothing for the others;
/// - the answers of others: unanswered, an operation can do whatever it could do before. The model drops
///   those that then do not matter.
///
/// Takes the checker's budget once more, all searches together.
private struct ViolationReduction<Model: SequentialModel> {
    private let checker: LinearizabilityChecker<Model>
    private let history: History<Model>
    /// Operations whose answers contradict each other.
    private(set) var core: [Int]
    /// Operations whose answers are not looked at.
    private var others: [Int]
    private var budget: Int
    /// Whether no search ran out of its budget.
    private(set) var isSmallest = true

    init(_ checker: LinearizabilityChecker<Model>, _ history: History<Model>, _ places: [Int]) {
        self.checker = checker
        self.history = history
        core = places.filter { history.operations[$0].heard != nil }
        others = places.filter { history.operations[$0].heard == nil }
        budget = checker.budget
    }

    /// Finds the first answer up to which the history is none that somebody alone could have done, cuts
    /// it off there, and says what comes before it and whose answer it is. A binary search, as what has
    /// no order has none with more operations.
    mutating func cut() -> (explained: [Int], blocked: Int) {
        let byEnd = core.sorted { history.ends[$0] < history.ends[$1] }
        var explained: [Int] = []
        // With `low` answers there is an order, with `high` there is none.
        var (low, high) = (0, byEnd.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            switch search(part(upTo: history.ends[byEnd[middle - 1]])) {
            case .order(let order): (low, explained) = (middle, order)
            case .none: high = middle
            case .outOfBudget: low = middle
            }
        }
        let blocked = byEnd[high - 1]
        let end = history.ends[blocked]
        let inTime = (core + others).filter { history.calls[$0] < end }
        core = inTime.filter { history.ends[$0] <= end }.sorted()
        others = inTime.filter { history.ends[$0] > end }.sorted()
        return (explained, blocked)
    }

    private func part(upTo end: Int) -> SearchedObject.Part {
        let inTime = (core + others).filter { history.calls[$0] < end }.sorted()
        return SearchedObject.Part(
            places: inTime, unheard: Set(inTime.filter { history.ends[$0] > end }))
    }

    /// Leaves out operations of the core as long as what is left contradicts itself: delta debugging
    /// (Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", IEEE TSE 28(2), 2002),
    /// in chunks of half the size each round, then one by one until none can be spared. O(n²) searches at
    /// worst.
    mutating func shrink() {
        var size = max(1, core.count / 2)
        while true {
            let before = core.count
            var start = 0
            while start < core.count {
                let chunk = Set(core[start..<min(core.count, start + size)])
                if chunk.count < core.count, isViolation(without: chunk) {
                    core.removeAll { chunk.contains($0) }
                    others += chunk.filter { !isSilent($0) }.sorted()
                } else {
                    start += size
                }
            }
            if size == 1, core.count == before { break }
            size = max(1, size / 2)
        }
    }

    private mutating func isViolation(without spared: Set<Int>) -> Bool {
        let unheard = spared.filter { !isSilent($0) }.union(others)
        let kept = core.filter { !spared.contains($0) } + unheard
        if case .none = search(SearchedObject.Part(places: kept.sorted(), unheard: unheard)) {
            return true
        }
        return false
    }

    private mutating func search(_ part: SearchedObject.Part) -> LinearizationSearch.Outcome {
        guard budget > 0 else {
            isSmallest = false
            return .outOfBudget
        }
        let (outcome, steps) = checker.search(history, part, budget)
        // To number the operations costs as much as several steps each.
        budget -= steps + 20 * part.places.count
        if case .outOfBudget = outcome { isSmallest = false }
        return outcome
    }

    private func isSilent(_ place: Int) -> Bool {
        let operation = history.operations[place]
        return checker.model.isSilent(operation.operation, answered: operation.answer)
    }

    /// Those whose answers are not looked at that matter to the core.
    var background: [Int] {
        let others = others.sorted()
        let matter = checker.model.matter(
            others.map { history.operations[$0].operation },
            to: core.compactMap { place in
                let operation = history.operations[place]
                return operation.answer.map { (operation.operation, $0) }
            })
        return zip(others, matter).filter(\.1).map(\.0)
    }
}
