/// How the 64 bits of an ID are divided: milliseconds since the epoch, then the machine, then a
/// sequence number.
///
/// The time is in the highest bits, so that IDs compare as their times do.
public struct ScarabLayout: Hashable, Sendable {
    /// 41 bits of time, 10 of machine, 13 of sequence: 69.7 years, 1024 machines, and 8192 IDs a
    /// millisecond from each.
    public static let standard = ScarabLayout(uncheckedTime: 41, machine: 10, sequence: 13)

    /// How many bits hold the milliseconds since the epoch.
    public let timeBits: Int
    /// How many bits hold the number of the machine.
    public let machineBits: Int
    /// How many bits hold the number within the millisecond.
    public let sequenceBits: Int

    private init(uncheckedTime time: Int, machine: Int, sequence: Int) {
        timeBits = time
        machineBits = machine
        sequenceBits = sequence
    }
}
