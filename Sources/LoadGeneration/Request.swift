import Randomness

/// What a generator asks of a target.
public struct Request: Hashable, Sendable {
    /// Which request of its run this is, from 0.
    public let index: Int
    /// The key, in the range of the run's key distribution.
    public let key: UInt64
    /// The size in bytes.
    public let size: Int

    /// A request.
    @inlinable
    public init(index: Int, key: UInt64, size: Int) {
        self.index = index
        self.key = key
        self.size = size
    }
}

/// The requests of a run, in order: the same seed and distributions give the same ones.
public struct RequestStream: Sendable {
    private var keys: KeyDistribution
    private let sizes: SizeDistribution
    private var generator: Xoshiro256StarStar
    private var index = 0

    /// A stream of requests.
    public init(keys: KeyDistribution, sizes: SizeDistribution, seed: Seed) {
        self.keys = keys
        self.sizes = sizes
        generator = seed.generator()
    }

    /// Requests for one key, a byte each: for targets that look at neither.
    public static var uniform: RequestStream {
        RequestStream(
            keys: KeyDistribution(.sequential, count: 1), sizes: .fixed(1), seed: Seed(0))
    }

    /// The next request. O(1).
    public mutating func next() -> Request {
        let request = Request(
            index: index, key: keys.next(using: &generator), size: sizes.next(using: &generator))
        index += 1
        return request
    }
}

/// What serves requests before it returns: the generator's thread does the work, or waits for it.
public protocol RequestTarget {
    /// Serves one request. An error ends the run.
    mutating func serve(_ request: Request) throws
}

/// What takes requests and answers them later. The generator never waits for an answer.
///
/// Called by one thread.
public protocol AsynchronousTarget {
    /// Takes a request, without waiting; false when there is no room for it now. An error ends the
    /// run.
    mutating func submit(_ request: Request) throws -> Bool

    /// Calls `completed` with the index of each request that was answered since the last call, in any
    /// order, each once; does not wait. An error ends the run.
    mutating func poll(_ completed: (Int) -> Void) throws
}

/// The target that does nothing: what remains is the generator.
public struct NullTarget: RequestTarget {
    /// The target, without state.
    public init() {}

    /// Returns at once.
    @inlinable
    public func serve(_ request: Request) {}
}
