public import Network

extension Transport {
    /// SwiftNIO's sockets, on a thread of the loop's own: wherever there is a POSIX kernel, and
    /// encrypted where `security` is given.
    ///
    ///     let security = try TransportSecurity(
    ///         certificate: "node-3.pem", key: "node-3.key", roots: "roots.pem")
    ///     var loop = try EventLoop(transport: .nio(security: security))
    ///
    /// The thread is woken for what the loop says, and the loop for what the thread hears: each
    /// message costs two more wake-ups than over io_uring. There are no datagrams. A connection holds
    /// `CarrierLimits` more bytes than ``ConnectionOptions`` says, in each direction.
    ///
    /// With `security` both ends of every connection prove who they are, by TLS 1.3 or later:
    /// `EventLoop.identity(of:)` says who the other one is. A connection is told as accepted or
    /// connected when that is done, which `connectDeadline` bounds. One that fails before is told by
    /// `NetworkHandler.turnedAway(_:by:on:)` to who listens, by `closed` to who connects, with
    /// `ClosureReason.insecure`, and counted in `LoopStatistics.insecure`.
    public static func nio(security: TransportSecurity? = nil) -> Transport {
        Transport(
            carriedBy: security == nil ? "SwiftNIO" : "SwiftNIO with TLS",
            provesPeers: security != nil
        ) { inbox in NIOCarrier(inbox, security) }
    }
}
