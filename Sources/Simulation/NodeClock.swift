import Randomness
import StateMachines

/// A node's own clock: a line through a point, anchored anew where it leaps.
struct NodeClock {
    /// A moment of the simulator's clock, and what this one read then.
    private var anchor: Int64
    private var reading: Int64
    /// How much faster than the simulator's it runs, in parts of 2⁴⁰.
    private let drift: Int64

    private static let bits: Int64 = 40

    /// The clock of a life that begins now, drawn from what the conditions allow.
    init(_ conditions: ClockConditions, at now: Int64, _ generator: inout Xoshiro256StarStar) {
        anchor = now
        reading = now
        let most = conditions.offset.nanoseconds
        if most > 0 { reading += Int64(generator.next(below: UInt64(2 * most) + 1)) }
        guard conditions.drift > 0 else {
            drift = 0
            return
        }
        let share = (2 * generator.nextUnit() - 1) * conditions.drift
        drift = Int64((share * Double(1 << Self.bits)).rounded())
    }

    /// What it reads at a moment of the simulator's clock that is not before its anchor.
    func reading(at now: Int64) -> Int64 {
        let elapsed = now - anchor
        return reading + elapsed + stretch(elapsed)
    }

    /// The first moment of the simulator's clock, not before its anchor, at which it reads this or more.
    func moment(of target: Int64) -> Int64 {
        guard target > reading else { return anchor }
        let ahead = target - reading
        guard drift != 0 else { return ahead > .max - anchor ? .max : anchor + ahead }
        let rate = 1 + Double(drift) / Double(1 << Self.bits)
        let estimate = Double(ahead) / rate
        // Further away than two centuries is never.
        guard estimate < 0x1p62 else { return .max }
        // The estimate is off by rounding alone: by a nanosecond or so up to 2⁵³ of them.
        var elapsed = Int64(estimate)
        while elapsed > 0, elapsed + stretch(elapsed) >= ahead { elapsed -= 1 }
        while elapsed + stretch(elapsed) < ahead { elapsed += 1 }
        return anchor + elapsed
    }

    /// Leaps ahead.
    mutating func leap(by jump: Int64, at now: Int64) {
        reading = reading(at: now) + jump
        anchor = now
    }

    private func stretch(_ elapsed: Int64) -> Int64 {
        drift == 0 ? 0 : Int64((Int128(elapsed) * Int128(drift)) >> Int128(Self.bits))
    }
}
