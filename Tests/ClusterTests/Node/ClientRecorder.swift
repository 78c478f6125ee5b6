import Checkers
import Cluster
import Network
import Randomness
import ShenRing
import StateMachines
import TestSupport

@testable import RingSimulation

/// What clients ask and hear, from many threads.
final class ClientRecorder: Sendable {
    struct Entry: Sendable, CustomStringConvertible {
        let event: ClientEvent
        let at: Moment

        var description: String { "\(at) \(event)" }
    }

    private let entries = Signal<[Entry]>([])

    /// Notes what a client told.
    func note(_ event: ClientEvent, at now: Moment) {
        entries.change { $0.append(Entry(event: event, at: now)) }
    }

    /// Waits until so many requests more than now were answered.
    func awaitAnswers(_ count: Int) throws(Overdue) {
        let before = answers
        try entries.wait("\(count) more answers after \(before)") {
            Self.answers(in: $0) >= before + count
        }
    }

    /// How many requests were answered.
    var answers: Int { entries.change { Self.answers(in: $0) } }

    private static func answers(in entries: [Entry]) -> Int {
        entries.count { if case .answered = $0.event { true } else { false } }
    }

    /// Whether what clients heard is what one register for each key could have told them.
    func verdict() throws -> LinearizabilityVerdict<Register> {
        var builder = HistoryBuilder<Register>()
        let sorted = entries.change { $0.sorted { $0.at < $1.at } }
        for entry in sorted {
            switch entry.event {
            case .invoked(let id, let key, let operation):
                try builder.invoke(
                    OperationID(id), key: key, Register.Operation(operation), at: entry.at)
            case .answered(let id, let outcome):
                guard let answer = Register.Answer(outcome) else { continue }
                try builder.answer(OperationID(id), answer, at: entry.at)
            case .abandoned: break
            }
        }
        return LinearizabilityChecker(Register()).check(builder.history())
    }
}
