import Measurement
import PeerServers
import Quantities

/// What the benchmarks of servers that agree by majority have in common.
enum ConsensusPeer {
    /// The key or node that all clients use.
    static let key = "/nilometer"

    /// Requests that one client has under way, and bytes of a value. As many requests of the longest value
    /// as are allowed at once fit into what HTTP/2 lets a client send unasked.
    static let (mostPipelined, mostPayload) = (64, 1000)

    /// Parameters that all of them have.
    static let parameters =
        PeerSetting.parameters(mostPipelined: mostPipelined) + [
            membersParameter,
            ParameterSpecification(
                "payload", "bytes of the value", .integer(1...mostPayload), default: "256"),
        ]

    static let membersParameter = ParameterSpecification(
        "members", "servers that agree by majority", .integer(1...9), default: "3")

    /// The value of a fork.
    static func value(in context: ForkContext) -> [UInt8] {
        (0..<context.integer("payload")).map { 97 + UInt8($0 % 26) }
    }

    /// Measures clients that `makeClients` makes of servers that it starts, beside an echo of as many
    /// bytes. All of them share one processing unit or those that the client leaves.
    static func measure<Client: MeasuredClient>(
        _ name: String, in context: ForkContext, isDurable: Bool, isCounting: Bool,
        into recorder: inout Recorder,
        likeness: (Client) -> FixedExchange,
        makeClients: (PeerSetting) throws -> (
            clients: [Client], servers: AnyObject, facts: [String]
        )
    ) throws {
        try PeerContest.measure(in: context, isDurable: isDurable, into: &recorder) {
            contest, recorder in
            recorder.note(
                "\(context.integer("members")) servers on one machine, without a network between: "
                    + "their agreement costs processors and syncs of one device, and no distance")
            let setting = contest.setting
            var like: FixedExchange?
            try contest.add(name, into: &recorder) {
                let (clients, servers, facts) = try makeClients(setting)
                like = likeness(clients[0])
                // The numbers go on from those that the clients' own beginnings made.
                let first = try clients.map { client in
                    try client.exchangeOnce()
                    try client.check()
                    return client.takeValues().first ?? 0
                }
                let promise =
                    isCounting
                    ? NumberPromise(
                        of: name, from: (first.max() ?? 0) + 1, clients: clients.count) : nil
                return (PeerTurns(clients, of: servers, promise: promise), facts, isCounting)
            }
            if let like { try contest.addFloor(of: like) }
        }
    }
}
