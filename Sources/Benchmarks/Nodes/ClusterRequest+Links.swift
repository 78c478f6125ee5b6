import Network
import Quantities
import StateMachines

/// What is between servers.
extension ClusterRequest {
    /// What links are like; nil where nothing is asked of them.
    ///
    /// - Throws: what is wrong, where, and what was expected, in a line.
    func links(within silence: Span) throws(NodeRefusal) -> LinkConditions? {
        guard asksForLinks else { return nil }
        var conditions = LinkConditions()
        if let roundTrip {
            // Servers that hear nothing for the failure timeout are taken for dead, and they repeat
            // what is not answered within a fifth of it.
            conditions.delay =
                try NodeRefusal.span(roundTrip, "--rtt", from: .zero, to: silence / 5) / 2
        }
        if let jitter {
            conditions.jitter = try NodeRefusal.span(
                jitter, "--jitter", from: .zero, to: conditions.delay)
        }
        if let loss { conditions.loss = try share(loss) }
        if let rate { conditions.rate = try bytesPerSecond(rate) }
        return conditions
    }

    /// Whether anything is to be between servers, or done to what is.
    var asksForLinks: Bool {
        let words = [roundTrip, jitter, loss, rate].compactMap(\.self)
        return !(words + cuts + resets).isEmpty || linkKind != LinkKind.auto.rawValue
    }

    /// Whether each server has a network namespace.
    func isIsolated() throws(NodeRefusal) -> Bool {
        guard ["process", "namespace"].contains(isolation) else {
            throw NodeRefusal("--isolation: '\(isolation)', expected process or namespace")
        }
        return isolation == "namespace"
    }

    /// What makes the links. A relay where some are to be cut: netem has packets, and no links.
    func kindOfLinks() throws(NodeRefusal) -> LinkKind {
        guard let kind = LinkKind(rawValue: linkKind) else {
            throw NodeRefusal("--links: '\(linkKind)', expected auto, relay or netem")
        }
        let areCut = !cuts.isEmpty || !resets.isEmpty
        guard kind == .netem else { return areCut ? .relay : kind }
        guard isolation == "namespace", !areCut else {
            throw NodeRefusal(
                "--links: 'netem', expected relay, or --isolation namespace without --cut and --reset"
            )
        }
        return kind
    }

    private func share(_ text: String) throws(NodeRefusal) -> Double {
        let quantity = try quantity(text, "--loss")
        guard quantity.unit.isCommensurable(with: .ratio),
            (0...Self.mostLoss).contains(quantity.baseValue)
        else { throw NodeRefusal("--loss: '\(text)', expected 0% to 50%") }
        return quantity.baseValue
    }

    private func bytesPerSecond(_ text: String) throws(NodeRefusal) -> Int {
        let quantity = try quantity(text, "--rate")
        guard quantity.unit.isCommensurable(with: .bytesPerSecond),
            Self.rates.contains(quantity.baseValue)
        else { throw NodeRefusal("--rate: '\(text)', expected 8Kbit/s to 1Tbit/s") }
        return Int(quantity.baseValue)
    }

    private func quantity(
        _ text: String, _ option: String
    ) throws(NodeRefusal) -> Quantity {
        do throws(Quantity.ParseError) {
            return try Quantity(parsing: text)
        } catch { throw NodeRefusal("\(option): \(error)") }
    }

    /// Of more than this share nothing comes through in any time.
    private static let mostLoss = 0.5
    /// Bytes a second.
    private static let rates = 1e3...1.25e11
}
