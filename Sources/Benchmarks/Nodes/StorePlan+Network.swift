import Network
import PeerServers
import StateMachines

extension StorePlan {
    /// The network of servers that have namespaces, with links by netem where these are asked for and can
    /// be had; nil where servers are on loopback.
    ///
    /// - Throws: `PeerFailure` where namespaces cannot be had, or netem cannot and has to.
    func network() throws -> NodeNetwork? {
        guard isIsolated else { return nil }
        let shape = linkKind == .relay ? nil : links?.netem
        let network = try NodeNetwork(below: directory, places: servers, shape: shape)
        guard linkKind != .netem || shape == nil || network.shape != nil else {
            throw PeerFailure.notInKernel(
                what: "netem (CONFIG_NET_SCH_NETEM), or 'tc' (apt: iproute2) is not installed; "
                    + "--links relay does without")
        }
        return network
    }
}

extension LinkConditions {
    /// The conditions in the words of `tc`: for what a machine sends.
    var netem: String {
        func microseconds(_ span: Span) -> String { "\(Double(span.nanoseconds) / 1000)us" }
        // As many packets as are under way at 100 Gbit/s for 10 ms.
        var words = ["limit", "100000", "delay", microseconds(delay)]
        if jitter > .zero { words.append(microseconds(jitter)) }
        if loss > 0 { words += ["loss", "\(loss * 100)%"] }
        if let rate { words += ["rate", "\(rate * 8)bit"] }
        return words.joined(separator: " ")
    }
}
