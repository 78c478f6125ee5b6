/// The operations on one object, in numbers, as the search works on them: the answered ones first, by
/// their calls, then the unanswered ones that matter, by their calls.
struct SearchedObject {
    /// One of them.
    struct Operation {
        /// Its place in the history.
        let place: Int
        /// When it was invoked, as a place among the events.
        let call: Int
        /// When it was answered; `History.unanswered` where it was not.
        let end: Int
        /// Equal for operations that ask the same.
        let question: Int32
        /// Equal for operations that ask the same and were answered the same.
        let kind: Int32
        /// Whether it changes no state in which it can be.
        let isSilent: Bool
    }

    let operations: [Operation]
    /// How many of them were answered.
    let answered: Int
    var transitions: TransitionTable

    /// The operations at these places of a history.
    init<Model: SequentialModel>(
        _ history: History<Model>, _ places: [Int], relaxing relaxed: Set<Int> = [], model: Model
    ) {
        // `relaxed` operations are taken as unanswered, whatever was heard of them.
        func answer(_ place: Int) -> Model.Answer? {
            relaxed.contains(place) ? nil : history.operations[place].answer
        }
        let heard = places.filter { answer($0) != nil }
        let unheard = places.filter { answer($0) == nil }
        let matter = model.matter(
            unheard.map { history.operations[$0].operation },
            to: heard.compactMap { place in
                answer(place).map { (history.operations[place].operation, $0) }
            })
        let kept = heard + zip(unheard, matter).filter(\.1).map(\.0)
        let asked = kept.map { (operation: history.operations[$0].operation, answer: answer($0)) }
        var questions: [Model.Operation: Int32] = [:]
        var kinds: [Kind<Model>: Int32] = [:]
        operations = zip(kept, asked).map { place, asked in
            let kind = Kind<Model>(operation: asked.operation, answer: asked.answer)
            return Operation(
                place: place, call: history.calls[place],
                end: asked.answer == nil ? History<Model>.unanswered : history.ends[place],
                question: questions.number(of: asked.operation), kind: kinds.number(of: kind),
                isSilent: model.isSilent(asked.operation, answered: asked.answer))
        }
        answered = heard.count
        transitions = TransitionTable(model, asked)
    }
}

private struct Kind<Model: SequentialModel>: Hashable {
    let operation: Model.Operation
    let answer: Model.Answer?
}

extension Dictionary where Value == Int32 {
    /// The number of a key: the next free one where it has none.
    fileprivate mutating func number(of key: Key) -> Int32 {
        if let number = self[key] { return number }
        let number = Int32(count)
        self[key] = number
        return number
    }
}
