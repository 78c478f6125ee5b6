import Simulation
import StateMachines

/// What messages the members of a simulated protocol sent and received in a span.
struct PlannedLoad {
    private let counts: [Traffic.Count]
    private let span: Span

    /// What `after` has more than `before`, member by member.
    init(before: [Traffic.Count], after: [Traffic.Count], over span: Span) {
        counts = zip(before, after).map {
            Traffic.Count(messages: $1.messages - $0.messages, bytes: $1.bytes - $0.bytes)
        }
        self.span = span
    }

    /// Messages of all members.
    var messages: Int { counts.reduce(0) { $0 + $1.messages } }

    /// Messages and bytes a second, a value for each member.
    var figures: [PlannedFigure] {
        let seconds = max(span.inSeconds, 1e-9)
        return [
            PlannedFigure(
                "messages", .messages, "messages that a member sent and received a second",
                counts.map { Double($0.messages) / seconds }),
            PlannedFigure(
                "bytes", .bytes, "bytes that a member sent and received a second",
                counts.map { Double($0.bytes) / seconds }),
        ]
    }
}

extension Simulator {
    /// What the first `count` nodes sent and received so far, over all their lives.
    func traffic(ofFirst count: Int) -> [Traffic.Count] {
        (0..<count).map { place in
            let traffic = traffic(of: NodeID(place: place))
            return traffic.sent + traffic.received
        }
    }
}
