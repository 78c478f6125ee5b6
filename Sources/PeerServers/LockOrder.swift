/// Holds a lock's server to what a lock is: whoever gets it later gets a greater number.
///
/// Shared by the clients of one lock, which one thread serves: each gives the lock back as soon as it learns
/// that it has it, so that the order in which they learn it is the order in which they had it.
public final class LockOrder {
    private let server: String
    private var last: Int64 = -1

    /// The order of a lock of `server` that nobody has had.
    public init(of server: String) { self.server = server }

    /// A client has the lock, with this number.
    ///
    /// - Throws: `brokenPromise` where the number is no greater than the last.
    public func take(_ number: Int64) throws(PeerFailure) {
        guard number > last else {
            throw .brokenPromise(
                server: server, what: "the lock with number \(number) after \(last), expected more")
        }
        last = number
    }
}
