/// A client on a connection of its own whose exchanges are measured: one at a time, or so many at once.
///
/// For one thread at a time. Reached by dynamic dispatch, which costs nanoseconds where an exchange
/// takes microseconds, the same for every server.
public protocol MeasuredClient: AnyObject {
    /// Where requests go.
    var connection: SocketConnection { get }

    /// Requests that are sent with one write, before the first reply is awaited.
    var pipeline: Int { get }

    /// Sends one request and waits for its reply, whose content ``check()`` looks at: that is not
    /// for the time between.
    func exchangeOnce() throws(PeerFailure)

    /// Looks at the reply of ``exchangeOnce()``.
    func check() throws(PeerFailure)

    /// Sends all requests of a batch.
    func send() throws(PeerFailure)

    /// Receives what is there and gives how many whole replies came with it.
    func receive() throws(PeerFailure) -> Int

    /// The numbers that replies carried since the last call.
    func takeValues() -> [Int64]
}
