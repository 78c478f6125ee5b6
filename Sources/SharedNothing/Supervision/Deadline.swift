/// The moment by which an answer is of use. It is handed on from call to call, so that nobody works
/// on what nobody waits for any more.
///
/// Between the processes of one machine the moment itself is handed on: they share the clock.
/// Between machines it is what is left, to which the receiver adds its own time.
public struct Deadline: Sendable, Equatable, Comparable {
    /// The moment; nil where there is no limit.
    public let moment: MonotonicTime?

    /// No limit.
    public static let none = Deadline(moment: nil)

    /// At `moment`.
    public init(at moment: MonotonicTime) { self.moment = moment }

    /// `span` after `now`; negative spans are over at once.
    public init(after span: Duration, from now: MonotonicTime) {
        moment = now + max(span, .zero)
    }

    private init(moment: MonotonicTime?) { self.moment = moment }

    /// What is left at `now`, never negative; nil where there is no limit.
    public func left(at now: MonotonicTime) -> Duration? {
        moment.map { max($0 - now, .zero) }
    }

    /// Whether it is over at `now`: at its moment nothing is left.
    public func isOver(at now: MonotonicTime) -> Bool {
        moment.map { $0 <= now } ?? false
    }

    /// The deadline for a part of the work that may take `budget`, less what is `kept` for what
    /// comes after it: never later than this one less `kept`.
    public func part(
        _ budget: Duration? = nil, keeping kept: Duration = .zero, at now: MonotonicTime
    ) -> Deadline {
        let whole = left(at: now).map { Deadline(after: $0 - kept, from: now) } ?? .none
        guard let budget else { return whole }
        return min(whole, Deadline(after: budget, from: now))
    }

    /// What is left at `now`, at most `most`: how long a single wait may last.
    public func wait(atMost most: Duration, at now: MonotonicTime) -> Duration {
        left(at: now).map { min($0, most) } ?? most
    }

    /// The earlier one before the later one; no limit is the latest.
    public static func < (left: Deadline, right: Deadline) -> Bool {
        switch (left.moment, right.moment) {
        case (let left?, let right?): left < right
        case (_?, nil): true
        case (nil, _): false
        }
    }
}
