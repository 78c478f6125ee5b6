/// How the 64 bits of a timestamp are divided: from the top, milliseconds, the machine, a sequence
/// number, so that timestamps compare as their milliseconds do. The division of Snowflake (Twitter,
/// 2010), and the one that `Pharaoh`'s IDs have on disk and on the wire.
public struct StampLayout: Hashable, Sendable {
    /// How many bits hold the number of the machine.
    public let machineBits: Int
    /// How many bits hold the number within the millisecond.
    public let sequenceBits: Int

    /// 10 bits of machine and 13 of sequence: 1 024 coordinators, 8 192 timestamps a millisecond of each,
    /// and 41 bits of milliseconds.
    public static let standard = StampLayout(machineBits: 10, sequenceBits: 13)

    /// A layout of these widths, each from 0 to 16.
    public init(machineBits: Int, sequenceBits: Int) {
        precondition(
            (0...16).contains(machineBits) && (0...16).contains(sequenceBits),
            "\(machineBits) bits of machine and \(sequenceBits) of sequence")
        self.machineBits = machineBits
        self.sequenceBits = sequenceBits
    }

    /// How many machines there can be.
    public var machines: Int { 1 << machineBits }
    /// How many timestamps a machine can make in a millisecond.
    public var perMillisecond: UInt64 { 1 << UInt64(sequenceBits) }

    /// A timestamp.
    public func stamp(time: UInt64, machine: Int, sequence: UInt64) -> UInt64 {
        (time << UInt64(machineBits) | UInt64(machine)) << UInt64(sequenceBits) | sequence
    }

    /// The millisecond of a timestamp.
    public func time(of stamp: UInt64) -> UInt64 { stamp >> UInt64(machineBits + sequenceBits) }

    /// The machine of a timestamp.
    public func machine(of stamp: UInt64) -> Int {
        Int(stamp >> UInt64(sequenceBits)) & (machines - 1)
    }

    /// A number of a machine's counter, unlike every other machine's: the machine at the top.
    public func number(_ count: UInt64, machine: Int) -> UInt64 {
        UInt64(machine) << UInt64(64 - machineBits) | count
    }

    /// How far a machine's counter can count.
    public var lastNumber: UInt64 { UInt64.max >> UInt64(machineBits) }
}
