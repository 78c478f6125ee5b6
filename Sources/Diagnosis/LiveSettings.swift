public import Hardware
public import Quantities

/// Settings and states of the running system that ``Machine`` does not describe, each with its
/// source or the reason why it is not known.
public struct LiveSettings: Codable, Equatable, Sendable {
    /// Room on a filesystem.
    public struct Space: Codable, Equatable, Sendable {
        /// What a process without privileges may still write.
        public var free: ByteCount
        /// All of it.
        public var total: ByteCount

        /// Room.
        public init(free: ByteCount, total: ByteCount) {
            self.free = free
            self.total = total
        }

        private enum CodingKeys: String, CodingKey {
            case free = "freeBytes"
            case total = "totalBytes"
        }
    }

    /// What the clocks and the way into the kernel cost, in nanoseconds.
    public struct CallCosts: Codable, Equatable, Sendable {
        /// An empty timed region of the suite's clock: two readings.
        public var timedRegion: Double
        /// The resolution of the suite's clock.
        public var resolution: Double
        /// A reading of the kernel's clock, by `clock_gettime`.
        public var kernelClock: Double
        /// The cheapest system call, `getppid`.
        public var systemCall: Double

        /// Costs.
        public init(
            timedRegion: Double, resolution: Double, kernelClock: Double, systemCall: Double
        ) {
            self.timedRegion = timedRegion
            self.resolution = resolution
            self.kernelClock = kernelClock
            self.systemCall = systemCall
        }
    }

    /// How addresses are drawn: 0 not at all, 1 without the heap, 2 fully.
    public var addressRandomisation: Fact<Int>
    /// How much of the swap space is in use.
    public var usedSwap: Fact<ByteCount>
    /// The share of the free memory that lies in blocks of 2 MiB and more, from 0 to 1.
    public var largeBlockShare: Fact<Double>
    /// Room in the directory to be measured.
    public var space: Fact<Space>
    /// What was measured of clocks and system calls.
    public var costs: CallCosts

    /// Settings.
    public init(
        addressRandomisation: Fact<Int>, usedSwap: Fact<ByteCount>, largeBlockShare: Fact<Double>,
        space: Fact<Space>, costs: CallCosts
    ) {
        self.addressRandomisation = addressRandomisation
        self.usedSwap = usedSwap
        self.largeBlockShare = largeBlockShare
        self.space = space
        self.costs = costs
    }
}
