import Cluster
import Foundation
import Measurement
import PeerServers
import Quantities
import Randomness
import Shen
import ShenRing
import StateMachines
import Synchronization

/// A log whose replicas are processes: that of this process, which appends and reads, and the others.
///
/// For one thread at a time.
final class LogProcesses {
    /// This process's replica.
    let server: LogServer
    /// The others.
    let others: NodeProcesses
    private let shape: Shape
    private let answers = Answers()
    private var asked = 0
    /// The record that is made or looked for: two numbers, and a filling.
    private var record: [UInt8]

    /// How long anything may take.
    private static let patience = Span(seconds: 30)

    /// What is appended.
    struct Shape {
        /// Records of an append.
        let batch: Int
        /// Bytes of a record, 8 at least.
        let payload: Int
    }

    /// An append that was made.
    struct Done: Sendable {
        /// Which one it was.
        let number: Int
        /// Where its first record is.
        let offset: UInt64
        let asked: Moment
        let answered: Moment
    }

    /// Starts all replicas, those in other processes beside `context`'s processing unit, and waits until they
    /// take appends.
    init(
        _ context: ForkContext, _ shape: Shape, by replication: Replication, silence: Span,
        below directory: String
    ) throws {
        let members = try RingProcesses(
            NodeRequest.log + replication.rawValue, count: context.integer("replicas"),
            silence: silence, durability: context.text("durability"),
            on: try ReplicationProcesses.units(context), below: directory)
        self.shape = shape
        record = [UInt8](repeating: 7, count: shape.payload)
        others = members.others
        server = try LogServer(members.own.plan(seed: Seed(context.request.seed)))
        for _ in 0..<Self.warmUp {
            ask()
            try awaitAnswers(leaving: 0)
        }
    }

    /// Appends while connections and caches come about.
    private static let warmUp = 20

    /// Ends all replicas.
    func stop() {
        server.stop(abruptly: true)
        // Whatever ended it has been told, or is of no interest any more.
        try? server.wait()
        others.stop()
    }

    /// Every append that was answered, in the order of answers.
    var done: [Done] { answers.made.withLock { $0.done } }

    /// How many appends are not known to be answered.
    var unanswered: Int { asked - answers.taken }

    /// Asks for the next append.
    func ask() {
        let (number, begin) = (asked, MonotonicClock.now)
        asked += 1
        var batch = RecordBatch(time: begin)
        for index in 0..<shape.batch {
            name(number, index)
            batch.add(record.span)
        }
        server.append(batch) { [answers] outcome in
            answers.take(outcome, number: number, asked: begin)
        }
    }

    /// Waits until no more than `left` appends are unanswered.
    func awaitAnswers(leaving left: Int) throws {
        let deadline = DispatchTime.now() + .nanoseconds(Int(Self.patience.nanoseconds))
        while unanswered > left {
            guard answers.hasMore.wait(timeout: deadline) == .success else {
                throw silence(of: Self.patience)
            }
            answers.taken += 1
        }
        if let refusal = answers.made.withLock({ $0.refusal }) { throw refusal }
    }

    /// Why nothing was heard for so long: that a process has ended which nobody killed, where one has.
    func silence(of span: Span) -> any Error {
        guard let end = others.ownEnd() else { return LogFailure.silent(seconds: span.inSeconds) }
        return StoreFailure.gone(server: end.server, how: "\(end.how)")
    }

    /// Waits a little for an answer that nobody has waited for.
    func awaitAnswer(within span: Span) throws {
        if answers.hasMore.wait(timeout: .now() + .nanoseconds(Int(span.nanoseconds))) == .success {
            answers.taken += 1
        }
        if let refusal = answers.made.withLock({ $0.refusal }) { throw refusal }
    }

    /// Waits until this replica has stored all of these.
    private func awaitStored(_ appends: [Done]) throws {
        let end = (appends.last?.offset ?? 0) + UInt64(shape.batch)
        let deadline = MonotonicClock.now + Self.patience
        while server.log.offsets.upperBound < end {
            guard MonotonicClock.now < deadline else {
                throw silence(of: Self.patience)
            }
            ReplicationProcesses.rest(.milliseconds(1))
        }
    }

    /// Waits until every append is answered, checks that this replica has its records where the answer said, and
    /// says how many they are.
    func check() throws -> Int {
        try awaitAnswers(leaving: 0)
        let appends = done.sorted { $0.offset < $1.offset }
        try awaitStored(appends)
        var cursor = try server.log.subscribe(from: 0)
        var (found, next): ([LogRecord], Int) = ([], 0)
        for append in appends {
            for index in 0..<shape.batch {
                let offset = append.offset + UInt64(index)
                // Between them may stand what nobody was told of.
                while next == found.count || found[next].offset < offset {
                    next += 1
                    guard next >= found.count else { continue }
                    (found, next) = (try cursor.next(upTo: .mebibytes(1)), 0)
                    guard !found.isEmpty else {
                        throw LogFailure.elsewhere(append: append.number, offset: offset)
                    }
                }
                name(append.number, index)
                guard found[next].offset == offset, found[next].bytes == record else {
                    throw LogFailure.elsewhere(append: append.number, offset: offset)
                }
            }
        }
        return appends.count * shape.batch
    }

    /// Makes `record` the one of these numbers, of its append and of itself in that.
    private func name(_ number: Int, _ index: Int) {
        let name = UInt64(number) << 16 | UInt64(index)
        for place in 0..<8 { record[place] = UInt8(truncatingIfNeeded: name >> (8 * place)) }
    }
}

/// Answers to appends, given on the node's loop.
private final class Answers: @unchecked Sendable {
    // Sendable: `taken` is the asking thread's, the rest is under a lock or a semaphore.
    struct Made {
        var done: [LogProcesses.Done] = []
        var refusal: LogFailure?
    }

    let made = Mutex(Made())
    let hasMore = DispatchSemaphore(value: 0)
    var taken = 0

    func take(_ outcome: AppendOutcome, number: Int, asked: Moment) {
        let now = MonotonicClock.now
        made.withLock {
            if case .appended(let place) = outcome {
                $0.done.append(
                    .init(number: number, offset: place.first, asked: asked, answered: now))
            } else if $0.refusal == nil {
                $0.refusal = .refused(append: number, outcome: "\(outcome)")
            }
        }
        hasMore.signal()
    }
}

/// Why a log over processes gave no figures.
enum LogFailure: Error, CustomStringConvertible {
    /// Appends were not answered, or not stored, for so long.
    case silent(seconds: Double)
    /// An append was not made.
    case refused(append: Int, outcome: String)
    /// A record is not where the answer to its append said that it is.
    case elsewhere(append: Int, offset: UInt64)
    /// In no cluster had another process than the appending one the role whose bearer was to be killed.
    case vacant(role: String)

    /// One line: what failed.
    var description: String {
        switch self {
        case .silent(let seconds): "the log did not answer for \(seconds) s"
        case .refused(let append, let outcome): "append \(append) was not made: \(outcome)"
        case .elsewhere(let append, let offset):
            "what append \(append) was to have stored at offset \(offset) is not there"
        case .vacant(let role): "no other process than the appending one was ever \(role)"
        }
    }
}
