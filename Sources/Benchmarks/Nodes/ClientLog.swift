import Checkers
import RingSimulation
import ShenRing
import StateMachines
import Synchronization

/// What one client asked and heard: told on the thread of its loop, read by whoever measures.
final class ClientLog: Sendable {
    /// A request that was answered.
    struct Answer: Sendable {
        let asked: Moment
        let heard: Moment
        let key: UInt64
        let isRead: Bool

        /// How long the client waited.
        var wait: Span { heard - asked }
    }

    /// A request that is under way.
    private struct Asked {
        let at: Moment
        let key: UInt64
        let isRead: Bool
        /// The highest place of the log that a write of the client had when it asked.
        let floor: UInt64
    }

    private struct State {
        /// By number.
        var asked: [UInt64: Asked] = [:]
        var answers: [Answer] = []
        var events: [(event: ClientEvent, at: Moment)] = []
        var places = WrittenPlaces()
    }

    /// Whether events are kept too, with the values in them, to be checked.
    let keepsHistory: Bool
    private let state = Mutex(State())

    init(keepsHistory: Bool) { self.keepsHistory = keepsHistory }

    /// Notes what the client told. O(1) on average.
    func note(_ event: ClientEvent, at now: Moment) {
        state.withLock { state in
            if keepsHistory { state.events.append((event, now)) }
            switch event {
            case .invoked(let id, let key, let operation):
                state.asked[id.number] = Asked(
                    at: now, key: key, isRead: operation.isRead, floor: state.places.highest)
            case .answered(let id, let outcome):
                guard let asked = state.asked.removeValue(forKey: id.number) else { return }
                if case .written(let place) = outcome {
                    state.places.note(place, above: asked.floor)
                }
                state.answers.append(
                    Answer(asked: asked.at, heard: now, key: asked.key, isRead: asked.isRead))
            case .abandoned(let id): state.asked[id.number] = nil
            }
        }
    }

    /// How many requests are not answered yet.
    var outstanding: Int { state.withLock { $0.asked.count } }

    /// How many answers there are that were not taken.
    var count: Int { state.withLock { $0.answers.count } }

    /// Whether each of these keys was read by a request of this moment or later. O(answers).
    func hasRead(_ keys: some Sequence<UInt64>, since moment: Moment) -> Bool {
        state.withLock { state in
            keys.allSatisfy { key in
                state.answers.contains { $0.isRead && $0.key == key && $0.asked >= moment }
            }
        }
    }

    /// Where its writes stand in the log of the store, from the beginning.
    var places: WrittenPlaces { state.withLock { $0.places } }

    /// Takes the answers, in the order in which they were heard.
    func takeAnswers() -> [Answer] {
        state.withLock { state in
            var taken: [Answer] = []
            swap(&taken, &state.answers)
            return taken
        }
    }

    /// All that was told, in order, where it is kept.
    var events: [(event: ClientEvent, at: Moment)] { state.withLock { $0.events } }
}

/// Whether what clients heard is what one register for each key could have told them.
///
/// - Throws: `HistoryProblem` where the logs are no history.
func registerVerdict(
    of logs: [ClientLog]
) throws -> (verdict: LinearizabilityVerdict<Register>, operations: Int) {
    var builder = HistoryBuilder<Register>()
    for (event, moment) in logs.flatMap(\.events).sorted(by: { $0.at < $1.at }) {
        switch event {
        case .invoked(let id, let key, let operation):
            try builder.invoke(
                OperationID(id), key: key, Register.Operation(operation), at: moment)
        case .answered(let id, let outcome):
            guard let answer = Register.Answer(outcome) else { continue }
            try builder.answer(OperationID(id), answer, at: moment)
        case .abandoned: break
        }
    }
    let history = builder.history()
    return (LinearizabilityChecker(Register()).check(history), history.count)
}
