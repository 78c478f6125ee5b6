import Quantities

/// Why no ID is made.
public enum ScarabError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The time that IDs may have cannot be reserved durably.
    case lease(ObeliskError)
    /// The file has reserved more time than IDs can hold: somebody has grown it, or the layout's time
    /// is over. In milliseconds since the layout's epoch.
    case leaseBeyondTime(path: String, reserved: UInt64, last: UInt64)
    /// The next time that an ID may have is further away than the caller will wait: the clock was
    /// set back, or stands still.
    case clockBehind(by: Nanoseconds, mayWait: Nanoseconds)
    /// The clock is beyond the last millisecond that the layout has.
    case outOfTime(last: UInt64)
    /// The machine's number, or one of the range, is not one of the layout's.
    case noSuchMachine(Range<Int>, machines: Int)
    /// Another generator of the same lease has the machine's number.
    case machineInUse(Range<Int>)
    /// The fields do not make an ID of 64 bits.
    case impossibleLayout(time: Int, machine: Int, sequence: Int, epoch: UInt64)

    /// One line that says what was found and what was expected.
    public var description: String {
        switch self {
        case .lease(let error):
            "no time for IDs can be reserved: \(error)"
        case .leaseBeyondTime(let path, let reserved, let last):
            "\(path) has reserved all time before millisecond \(reserved) of the epoch, and the last "
                + "that the layout has is \(last): the file was grown by somebody else, or the time "
                + "is over"
        case .clockBehind(let wait, let limit):
            "the clock is \(wait) behind the next time that an ID may have, and no more than "
                + "\(limit) are waited for: it was set back, or stands still"
        case .outOfTime(let last):
            "the clock is beyond millisecond \(last) of the epoch, the last that the layout has"
        case .noSuchMachine(let range, let machines):
            "machines \(range.lowerBound)..<\(range.upperBound) are not all among 0..<\(machines)"
        case .machineInUse(let range):
            "of machines \(range.lowerBound)..<\(range.upperBound), another generator has one"
        case .impossibleLayout(let time, let machine, let sequence, let epoch):
            "\(time) bits of time, \(machine) of machine and \(sequence) of sequence from "
                + "millisecond \(epoch) of 1970: expected 32 to 48, 0 to 24 and 0 to 24, no more "
                + "than 64 in all, and an epoch before 2200"
        }
    }
}
