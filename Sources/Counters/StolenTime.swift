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
        guard ticksPerSecond > 0,
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("cpu ") })
        else { return nil }
        return steal(in: line, ticksPerSecond)
    }

    /// The eighth value of each `cpuN` line, in nanoseconds; `nil` when there is no such line or
    /// one lacks the column. Processors that are off have no line.
    public static func parseByProcessor(_ text: String, ticksPerSecond: Int) -> [Share]? {
        guard ticksPerSecond > 0 else { return nil }
        var shares: [Share] = []
        for line in text.split(separator: "\n") where line.hasPrefix("cpu") {
            guard let number = Int(line.dropFirst(3).prefix { $0 != " " }) else { continue }
            guard let time = steal(in: line, ticksPerSecond) else { return nil }
            shares.append(Share(processor: number, nanoseconds: time))
        }
        return shares.isEmpty ? nil : shares
    }

    private static func steal(in line: Substring, _ ticksPerSecond: Int) -> Double? {
        let fields = line.split(separator: " ")
        guard fields.count > 8, let ticks = Double(fields[8]) else { return nil }
        return ticks / Double(ticksPerSecond) * 1e9
    }
}
