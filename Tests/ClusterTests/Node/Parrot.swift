import Cluster
import ShenRing
import StateMachines

/// What parrots say.
struct Note: WireCodable, Hashable {
    let number: UInt64
    let bytes: [UInt8]

    init(_ number: UInt64, bytes count: Int = 0) {
        self.number = number
        bytes = Array(repeating: UInt8(truncatingIfNeeded: number), count: count)
    }

    func encode(into writer: inout WireWriter) {
        writer.write(number)
        writer.write(bytes)
    }

    init(from reader: inout WireReader) throws(WireError) {
        number = try reader.number()
        bytes = try reader.field()
    }
}

/// A machine that says, stores and wakes as it is asked, and tells all that happens to it.
struct Parrot: StateMachine {
    typealias Message = Note
    typealias Record = UInt64

    enum Request: Sendable {
        /// Says notes of these numbers and of so many bytes, all in one step.
        case say(ClosedRange<UInt64>, bytes: Int, to: NodeID)
        case store(UInt64)
        /// Wakes so much later.
        case sleep(Span)
        /// Tells this number.
        case echo(UInt64)
    }

    enum Event: Sendable, Hashable {
        case started
        case heard(UInt64, from: NodeID)
        case stored(RecordPosition)
        case woke(late: Span)
        case echoed(UInt64)
    }

    private(set) var deadline: Moment?

    mutating func start(at now: Moment, into effects: inout Effects<Self>) {
        effects.report(.started)
    }

    mutating func receive(
        _ message: Note, from sender: NodeID, at now: Moment, into effects: inout Effects<Self>
    ) {
        effects.report(.heard(message.number, from: sender))
    }

    mutating func handle(_ request: Request, at now: Moment, into effects: inout Effects<Self>) {
        switch request {
        case .say(let numbers, let bytes, let receiver):
            for number in numbers { effects.send(Note(number, bytes: bytes), to: receiver) }
        case .store(let record): effects.store(record)
        case .sleep(let span): deadline = now + span
        case .echo(let number): effects.report(.echoed(number))
        }
    }

    mutating func wake(at now: Moment, into effects: inout Effects<Self>) {
        guard let due = deadline else { return }
        deadline = nil
        effects.report(.woke(late: now - due))
    }

    mutating func stored(
        through position: RecordPosition, at now: Moment, into effects: inout Effects<Self>
    ) {
        effects.report(.stored(position))
    }
}
