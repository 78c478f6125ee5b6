import Quantities

/// A named way to run the engine, resolved on a machine: every field with the reason for it.
public struct Profile: Codable, Equatable, Sendable {
    /// Which profile it is.
    public var name: Name
    /// What a thread does while there is nothing to do.
    public var waitStrategy: Decision<WaitStrategy>
    /// Where threads may run.
    public var pinning: Decision<Pinning>
    /// How many elements a channel holds: a power of two.
    public var ringCapacity: Decision<Int>
    /// How many elements are published, or requests submitted, at once at most.
    public var batchSize: Decision<Int>
    /// What a write waits for.
    public var durability: Decision<Durability>
    /// Of which pages large buffers are made.
    public var hugePages: Decision<HugePagePolicy>
    /// Whether input and output are polled for by spinning (io_uring's SQPOLL, a spinning reader),
    /// which takes a core.
    public var isBusyPolling: Decision<Bool>

    private enum CodingKeys: String, CodingKey {
        case name, waitStrategy, pinning, ringCapacity, batchSize, durability, hugePages
        case isBusyPolling = "busyPolling"
    }
}

extension Profile {
    /// The profiles there are.
    public enum Name: String, Codable, Sendable, CaseIterable, CustomStringConvertible {
        /// Sound everywhere.
        case auto
        /// The least time from cause to effect.
        case lowLatency = "low-latency"
        /// The most work in a second.
        case performance
        /// A good neighbour on a machine that others use.
        case production
        /// The smallest footprint.
        case minimal
        /// Fast, and alike on every machine.
        case testing

        /// The spelling of the command line.
        public var description: String { rawValue }

        /// What it is for, in a few words.
        public var purpose: String {
            switch self {
            case .auto: "sound everywhere"
            case .lowLatency: "the least time from cause to effect"
            case .performance: "the most work in a second"
            case .production: "a good neighbour on a machine that others use"
            case .minimal: "the smallest footprint"
            case .testing: "fast, and alike on every machine"
            }
        }
    }

    /// What a thread does while its channel is empty or full, in the words of LMAX's Disruptor.
    public enum WaitStrategy: String, Codable, Sendable, CaseIterable {
        /// Looks again, for ever.
        case busySpin = "busy-spin"
        /// Looks again for a while, then lets other threads run between looks.
        case spinThenYield = "spin-then-yield"
        /// Looks again for a while, then sleeps until woken.
        case spinThenPark = "spin-then-park"
        /// Looks again for as long as that has paid lately, then sleeps until woken.
        case adaptive
    }

    /// Where threads may run.
    public enum Pinning: String, Codable, Sendable, CaseIterable {
        /// Wherever the scheduler puts them.
        case none
        /// Each on a core of its own.
        case core
    }

    /// Of which pages large buffers are made.
    public enum HugePagePolicy: String, Codable, Sendable, CaseIterable {
        /// Ordinary pages.
        case none
        /// Ordinary memory that the kernel is asked to back by huge pages.
        case transparent
        /// Huge pages that were set aside.
        case reserved
    }

    /// What a write waits for before it is acknowledged.
    public enum Durability: Hashable, Sendable {
        /// Nothing: a crash of the machine loses it.
        case none
        /// A sync that is shared with all writes of at most `maxDelay` before it.
        case group(maxDelay: Nanoseconds)
        /// A sync of its own.
        case each
    }
}

extension Profile.Durability: CustomStringConvertible, LosslessStringConvertible {
    /// `none`, `group(1 ms)` or `each`.
    public var description: String {
        switch self {
        case .none: "none"
        case .group(let delay): "group(\(Profile.Durability.exact(delay)))"
        case .each: "each"
        }
    }

    /// Parses `none`, `group(1 ms)` or `each`; a delay must not be negative.
    public init?(_ text: String) {
        switch text {
        case "none": self = .none
        case "each": self = .each
        default:
            guard text.hasPrefix("group("), text.hasSuffix(")"),
                let delay = try? Nanoseconds(parsing: String(text.dropFirst(6).dropLast())),
                delay >= .zero
            else { return nil }
            self = .group(maxDelay: delay)
        }
    }

    /// The span in the unit that suits it where that loses nothing, otherwise in nanoseconds.
    private static func exact(_ span: Nanoseconds) -> String {
        let readable = span.description
        return (try? Nanoseconds(parsing: readable)) == span ? readable : "\(span.rawValue) ns"
    }
}

/// In JSON a durability is its text.
extension Profile.Durability: Codable {
    /// Reads `none`, `group(1 ms)` or `each`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let durability = Profile.Durability(text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "'\(text)' is not 'none', 'group(1 ms)' or 'each'")
        }
        self = durability
    }

    /// Writes the text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
