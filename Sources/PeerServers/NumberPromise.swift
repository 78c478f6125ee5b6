/// What a server promises about the numbers that it gives out, and whether it keeps it: every client
/// sees them rise, and no two clients get the same.
///
/// Takes a bit for each number between the least and the greatest.
public struct NumberPromise {
    private let server: String
    /// What the first number has to be at least.
    private let base: Int64
    private var last: [Int64]
    private var seen: [UInt64] = []
    private var greatest: Int64
    /// How many numbers were given out.
    public private(set) var count = 0

    /// The most that numbers may be beyond the first, so that the bits fit into 256 MiB.
    static let mostBeyond: Int64 = 1 << 31

    /// A promise of `server` to `clients` clients, to give numbers from `base` on.
    public init(of server: String, from base: Int64, clients: Int) {
        self.server = server
        self.base = base
        last = Array(repeating: base - 1, count: clients)
        greatest = base - 1
    }

    /// Takes note of the numbers that a client got, in their order.
    ///
    /// - Throws: `brokenPromise` with the number when it does not rise, or was given out before.
    public mutating func take(_ values: [Int64], of client: Int) throws(PeerFailure) {
        for value in values {
            guard value > last[client] else {
                throw broken("\(value) after \(last[client]) to one client, expected more")
            }
            last[client] = value
            let beyond = value - base
            guard beyond < Self.mostBeyond else {
                throw broken("\(value), which is further from \(base) than was counted")
            }
            let (word, bit) = (Int(beyond / 64), UInt64(1) << UInt64(beyond % 64))
            if word >= seen.count {
                let room = max(word + 1, seen.count * 2)
                seen += Array(repeating: 0, count: room - seen.count)
            }
            guard seen[word] & bit == 0 else { throw broken("\(value) was given out twice") }
            seen[word] |= bit
            greatest = max(greatest, value)
        }
        count += values.count
    }

    /// Checks that no number was left out, which only a counter without a cache promises.
    public func checkNothingMissing() throws(PeerFailure) {
        let span = greatest - base + 1
        guard span == Int64(count) else {
            throw broken("\(count) numbers from \(base) to \(greatest), expected \(span)")
        }
    }

    private func broken(_ what: String) -> PeerFailure {
        .brokenPromise(server: server, what: what)
    }
}
