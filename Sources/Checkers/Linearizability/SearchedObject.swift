import StateMachines

/// The operations on one object, in numbers, as the search works on them: the answered ones first, by
/// their calls, then the unanswered ones that matter, by their calls.
///
/// States are numbered as well, the initial one 0.
struct SearchedObject {
    /// One of them.
    struct Operation {
        /// Its place in the history.
        let place: Int
        /// When it was invoked, as a place among the events.
        let call: Int
        /// When it was answered; `History.unanswered` where it was not.
        let end: Int
        /// The only state in which it can be, or in which it does anything where it was not answered;
        /// `anyState`, or `notKnown`.
        let needs: Int32
        /// The state that it leaves; `anyState` where that is the one that it finds.
        let leaves: Int32
        /// Whether it changes no state in which it can be.
        let isSilent: Bool
        /// Equal for operations that ask the same: unanswered, they would do the same.
        let question: Int64
        /// Equal for operations that do the same to every state.
        let kind: Int64
    }

    static let anyState: Int32 = -1
    static let notKnown: Int32 = -2
    /// What stands for the state after an operation that cannot be.
    static let refused: Int32 = -3

    let operations: [Operation]
    /// How many of them were answered.
    let answered: Int
    /// How many states there are, where the effects of all operations are known; nil where not.
    let knownStates: Int?
    private var transitions: TransitionTable

    /// Which part of a history is looked at.
    struct Part {
        /// The places of the operations.
        var places: [Int]
        /// Those among them whose answers are not looked at.
        var unheard: Set<Int> = []
    }

    /// A part of the operations on one object.
    init<Model: SequentialModel>(
        _ history: History<Model>, _ part: Part, model: Model, planted: Planted<CheckerMistake>
    ) {
        let asked = Self.chosen(history, part, model, planted)
        var numbers = Numbers(model)
        operations = asked.map { asked in
            let effect = numbers.effect(asked.operation, asked.answer)
            let isSilent =
                effect.needs != Self.anyState
                && model.isSilent(asked.operation, answered: asked.answer)
            let place = asked.place
            return Operation(
                place: place,
                call: planted.has(.realTimeIgnored) ? place - history.count : history.calls[place],
                end: asked.answer == nil ? History<Model>.unanswered : history.ends[place],
                needs: effect.needs, leaves: effect.leaves, isSilent: isSilent,
                question: effect.question, kind: effect.kind)
        }
        answered = asked.count { $0.answer != nil }
        knownStates =
            operations.contains { $0.needs == Self.notKnown } ? nil : numbers.stateCount
        transitions = TransitionTable(
            model, numbers.states, asked.map { ($0.operation, $0.answer) })
    }

    private struct Asked<Model: SequentialModel> {
        let place: Int
        let operation: Model.Operation
        let answer: Model.Answer?
    }

    /// The operations that a search has to look at, in its order.
    private static func chosen<Model: SequentialModel>(
        _ history: History<Model>, _ part: Part, _ model: Model, _ planted: Planted<CheckerMistake>
    ) -> [Asked<Model>] {
        var heard: [Asked<Model>] = []
        var unheard: [Asked<Model>] = []
        for place in part.places {
            let operation = history.operations[place]
            if let answer = operation.answer, !part.unheard.contains(place) {
                let isSilent = model.isSilent(operation.operation, answered: answer)
                if planted.has(.readsNotLookedAt), isSilent { continue }
                heard.append(Asked(place: place, operation: operation.operation, answer: answer))
            } else {
                unheard.append(Asked(place: place, operation: operation.operation, answer: nil))
            }
        }
        if unheard.isEmpty || planted.has(.unansweredNeverHappened) { return heard }
        let matter = model.matter(
            unheard.map(\.operation),
            to: heard.compactMap { asked in asked.answer.map { (asked.operation, $0) } })
        return heard + zip(unheard, matter).filter(\.1).map(\.0)
    }

    /// The state after an operation; `refused` where it cannot be. O(1), and a question to the model for
    /// each state and operation where effects are not known.
    mutating func state(after operation: Int, from state: Int32) -> Int32 {
        let needs = operations[operation].needs
        if needs == Self.notKnown { return transitions.state(after: operation, from: state) }
        if needs != Self.anyState, needs != state {
            return operation < answered ? Self.refused : state
        }
        let leaves = operations[operation].leaves
        return leaves == Self.anyState ? state : leaves
    }
}

/// Numbers for the states and the effects of a model's operations.
private struct Numbers<Model: SequentialModel> {
    private struct Question: Hashable {
        let operation: Model.Operation
        let answer: Model.Answer?
    }

    let model: Model
    let states: StateNumbers<Model.State>
    private var questions: [Model.Operation: Int64] = [:]
    private var kinds: [Question: Int64] = [:]

    init(_ model: Model) {
        self.model = model
        states = StateNumbers(model.initial)
    }

    var stateCount: Int { states.count }

    typealias Effect = (needs: Int32, leaves: Int32, question: Int64, kind: Int64)

    mutating func effect(_ operation: Model.Operation, _ answer: Model.Answer?) -> Effect {
        let needs: Int32
        let leaves: Int32
        switch model.effect(of: operation, answered: answer) {
        case .observes(let state):
            (needs, leaves) = (states.number(of: state), SearchedObject.anyState)
        case .overwrites(let state):
            (needs, leaves) = (SearchedObject.anyState, states.number(of: state))
        case .replaces(let before, let after):
            (needs, leaves) = (states.number(of: before), states.number(of: after))
        case nil:
            let question = questions[operation] ?? -1 - Int64(questions.count)
            questions[operation] = question
            let whole = Question(operation: operation, answer: answer)
            let kind = kinds[whole] ?? -1 - Int64(kinds.count)
            kinds[whole] = kind
            return (SearchedObject.notKnown, SearchedObject.anyState, question, kind)
        }
        // What is known of it says all; numbers of the others are below 0.
        let kind = Int64(needs + 1) << 32 | Int64(leaves + 1)
        return (needs, leaves, kind, kind)
    }
}
