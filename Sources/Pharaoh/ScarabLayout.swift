import Quantities

/// How the 64 bits of an ID are divided, and from when its time counts.
///
/// From the top: unused bits, which are 0, milliseconds since the epoch, the machine, a sequence
/// number. IDs compare as their times do, as unsigned integers: where all 64 bits are used, the
/// highest is no sign, and IDs read as `Int64` turn negative when half of the time is over (34.8
/// years with the standard layout). `keepsOrderWhenSigned` says which layouts are free of that.
///
/// The division is that of Snowflake (Twitter, 2010), which has 12 bits of sequence and one unused.
public struct ScarabLayout: Hashable, Sendable {
    /// 41 bits of time since 2025, 10 of machine, 13 of sequence: 69.7 years, 1024 machines, and
    /// 8192 IDs a millisecond of each.
    public static let standard = ScarabLayout(
        uncheckedTime: 41, machine: 10, sequence: 13, epoch: 1_735_689_600_000)

    /// How many bits hold the milliseconds since the epoch.
    public let timeBits: Int
    /// How many bits hold the number of the machine.
    public let machineBits: Int
    /// How many bits hold the number within the millisecond.
    public let sequenceBits: Int
    /// When the time counts from: milliseconds since 1970-01-01 00:00 UTC, without leap seconds.
    public let epoch: UInt64

    /// A layout of `time`, `machine` and `sequence` bits whose time counts from `epoch`.
    ///
    /// - Throws: `ScarabError.impossibleLayout` when the bits are more than 64, when time has fewer
    ///   than 32 or more than 48, machine or sequence more than 24, or the epoch is after the year
    ///   2200.
    public init(
        time: Int, machine: Int, sequence: Int, epoch: UInt64 = ScarabLayout.standard.epoch
    ) throws(ScarabError) {
        guard (32...48).contains(time), (0...24).contains(machine), (0...24).contains(sequence),
            time + machine + sequence <= UInt64.bitWidth, epoch < 7_258_118_400_000
        else {
            throw .impossibleLayout(
                time: time, machine: machine, sequence: sequence, epoch: epoch)
        }
        self.init(uncheckedTime: time, machine: machine, sequence: sequence, epoch: epoch)
    }

    private init(uncheckedTime time: Int, machine: Int, sequence: Int, epoch: UInt64) {
        timeBits = time
        machineBits = machine
        sequenceBits = sequence
        self.epoch = epoch
    }

    /// How many machines there can be.
    public var machines: Int { 1 << machineBits }
    /// How many IDs one machine can make in a millisecond.
    public var idsPerMillisecond: Int { 1 << sequenceBits }
    /// The last millisecond since the epoch that an ID can hold.
    public var lastTime: UInt64 { UInt64(1) << UInt64(timeBits) - 1 }
    /// Whether IDs compare as signed integers as they do as unsigned ones: whether a bit is unused.
    public var keepsOrderWhenSigned: Bool {
        timeBits + machineBits + sequenceBits < UInt64.bitWidth
    }

    /// The ID of these fields; `nil` when one of them does not fit.
    public func id(of fields: ScarabFields) -> ScarabID? {
        guard fields.time <= lastTime, (0..<machines).contains(fields.machine),
            (0..<idsPerMillisecond).contains(fields.sequence)
        else { return nil }
        return ScarabID(
            rawValue: first(at: fields.time, machine: fields.machine) + UInt64(fields.sequence))
    }

    /// What an ID of this layout says; of one of another layout, what its bits would mean here.
    public func fields(of id: ScarabID) -> ScarabFields {
        ScarabFields(
            time: time(of: id.rawValue) & lastTime,
            machine: Int(truncatingIfNeeded: id.rawValue >> UInt64(sequenceBits)) & (machines - 1),
            sequence: Int(truncatingIfNeeded: id.rawValue) & (idsPerMillisecond - 1))
    }

    /// When an ID was made, in milliseconds since 1970-01-01 00:00 UTC.
    public func unixMilliseconds(of id: ScarabID) -> UInt64 { epoch + fields(of: id).time }

    /// How many bits lie below the time.
    var timeShift: UInt64 { UInt64(machineBits + sequenceBits) }

    func time(of raw: UInt64) -> UInt64 { raw >> timeShift }

    func first(at time: UInt64, machine: Int) -> UInt64 {
        precondition(time <= lastTime, "millisecond \(time) of \(lastTime)")
        return time << timeShift | UInt64(machine) << UInt64(sequenceBits)
    }

    /// The milliseconds since the epoch at `nanoseconds` since 1970; negative before the epoch.
    func time(at nanoseconds: UInt64) -> Int64 {
        Int64(nanoseconds / 1_000_000) - Int64(epoch)
    }

    /// How many nanoseconds there are from `now` until the millisecond `time`, one that an ID can
    /// hold, begins; negative afterwards. A wait of more than 292 years is told as that.
    func wait(for time: UInt64, from now: UInt64) -> Int64 {
        // The sum is below 2^49: it is in nanoseconds that times of long layouts are too large.
        let (begin, overflow) = Int64(epoch + time).multipliedReportingOverflow(by: 1_000_000)
        return overflow ? .max : begin - Int64(clamping: now)
    }

    /// A number that differs between layouts, for a file to be of one of them only.
    var purpose: UInt64 {
        let bits = UInt64(timeBits) << 16 | UInt64(machineBits) << 8 | UInt64(sequenceBits)
        return UInt64(1) << 63 | (bits << 40) ^ epoch
    }
}

/// What an ID says.
public struct ScarabFields: Hashable, Sendable {
    /// Milliseconds since the layout's epoch.
    public var time: UInt64
    /// The number of the machine.
    public var machine: Int
    /// The number within the millisecond.
    public var sequence: Int

    /// The fields of an ID that may or may not fit a layout.
    public init(time: UInt64, machine: Int, sequence: Int) {
        self.time = time
        self.machine = machine
        self.sequence = sequence
    }
}
