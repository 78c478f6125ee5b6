import Glibc

/// What the hardware threads have spent their time on since boot, by the kernel's account
/// (`/proc/stat`, `man 5 proc_stat`), in nanoseconds with the grain of a clock tick.
public struct ProcessorTimes: Hashable, Sendable {
    /// The account of one hardware thread.
    public struct Account: Hashable, Sendable {
        /// Doing nothing, waiting for devices included.
        public var idle: Double
        /// Serving interrupts and the work that they leave behind.
        public var interrupts: Double
        /// Taken by the hypervisor while something wanted to run; `nil` in a kernel without it.
        public var stolen: Double?
        /// Everything, stolen time included.
        public var total: Double

        /// An account.
        public init(idle: Double, interrupts: Double, stolen: Double?, total: Double) {
            self.idle = idle
            self.interrupts = interrupts
            self.stolen = stolen
            self.total = total
        }
    }

    /// The accounts by the kernel's numbers of the hardware threads.
    public let accounts: [Int: Account]

    /// The times of these accounts.
    public init(accounts: [Int: Account]) { self.accounts = accounts }

    /// The accounts now, or `nil` where they cannot be read.
    public static func current() -> ProcessorTimes? {
        KernelFile.text(of: "/proc/stat").flatMap {
            ProcessorTimes(parsing: $0, ticksPerSecond: sysconf(Int32(_SC_CLK_TCK)))
        }
    }

    /// Parses the lines `cpu0`, `cpu1` …; `nil` when there are none.
    public init?(parsing text: String, ticksPerSecond: Int) {
        guard ticksPerSecond > 0 else { return nil }
        var accounts: [Int: Account] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix("cpu") {
            guard let number = Int(line.dropFirst(3).prefix { $0 != " " }) else { continue }
            guard let account = ProcessorTimes.account(line, ticksPerSecond) else { return nil }
            accounts[number] = account
        }
        guard !accounts.isEmpty else { return nil }
        self.accounts = accounts
    }

    /// The account of the line `cpu`, of all hardware threads together; `nil` when there is none.
    static func ofAll(parsing text: String, ticksPerSecond: Int) -> Account? {
        guard ticksPerSecond > 0 else { return nil }
        return text.split(separator: "\n").first { $0.hasPrefix("cpu ") }
            .flatMap { account($0, ticksPerSecond) }
    }

    private static func account(_ line: Substring, _ ticksPerSecond: Int) -> Account? {
        // The two columns behind stolen time, for guests, are part of the first two.
        let times = line.split(separator: " ").dropFirst().prefix(8).compactMap { Double($0) }
            .map { $0 / Double(ticksPerSecond) * 1e9 }
        guard times.count >= 7 else { return nil }
        return Account(
            idle: times[3] + times[4], interrupts: times[5] + times[6],
            stolen: times.count > 7 ? times[7] : nil, total: times.reduce(0, +))
    }

    /// What was stolen from a hardware thread between `earlier` and this, in nanoseconds.
    public func stolen(from processingUnit: Int, since earlier: ProcessorTimes) -> Double? {
        guard let now = accounts[processingUnit]?.stolen,
            let then = earlier.accounts[processingUnit]?.stolen
        else { return nil }
        return max(0, now - then)
    }

    /// The share of the time between `earlier` and this in which a hardware thread was not idle,
    /// from 0 to 1; `nil` when no clock tick lies between them.
    public func busyShare(of processingUnit: Int, since earlier: ProcessorTimes) -> Double? {
        guard let now = accounts[processingUnit], let then = earlier.accounts[processingUnit],
            now.total > then.total
        else { return nil }
        return min(1, max(0, 1 - (now.idle - then.idle) / (now.total - then.total)))
    }
}
