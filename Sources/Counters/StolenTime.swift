import Glibc

/// The steal column of `/proc/stat`.
public enum StolenTime {
    /// The time stolen from one processor.
    public struct Share: Codable, Hashable, Sendable {
        /// The processor, by the kernel's number.
        public let processor: Int
        /// Nanoseconds since boot.
        public let nanoseconds: Double
    }

    /// Nanoseconds stolen from all processors since boot, or `nil` where it cannot be read.
    public static func read() -> Double? {
        // The line of all processors is the first.
        guard let text = KernelFile.text(of: "/proc/stat", most: 512) else { return nil }
        return parse(text, ticksPerSecond: sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Nanoseconds stolen from each processor that is there, in the order of their numbers; `nil`
    /// where they cannot be read.
    public static func readByProcessor() -> [Share]? {
        guard let text = KernelFile.text(of: "/proc/stat") else { return nil }
        return parseByProcessor(text, ticksPerSecond: sysconf(Int32(_SC_CLK_TCK)))
    }

    /// The eighth value of the `cpu` line, in nanoseconds (`man 5 proc_stat`); `nil` when the line
    /// or the column is missing.
    public static func parse(_ text: String, ticksPerSecond: Int) -> Double? {
        ProcessorTimes.ofAll(parsing: text, ticksPerSecond: ticksPerSecond)?.stolen
    }

    /// The eighth value of each `cpuN` line, in nanoseconds, by processor; `nil` when there is no
    /// such line or one lacks the column. Processors that are off have no line.
    public static func parseByProcessor(_ text: String, ticksPerSecond: Int) -> [Share]? {
        guard let times = ProcessorTimes(parsing: text, ticksPerSecond: ticksPerSecond) else {
            return nil
        }
        let accounts = times.accounts.sorted { $0.key < $1.key }
        let shares = accounts.compactMap { number, account in
            account.stolen.map { Share(processor: number, nanoseconds: $0) }
        }
        return shares.count == accounts.count ? shares : nil
    }
}
