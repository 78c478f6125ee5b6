public import Cluster
import Network
import Quantities
public import Randomness
import ShenRing
import StateMachines

/// One server of a replicated store or log, or one member of a token ring or of a cluster that gossips, in the
/// words of a user.
public struct NodeRequest: Sendable {
    /// Its number: one of the members'.
    public var id: String
    /// Who is in the cluster: `NUMBER=ADDRESS` for each member, separated by commas. Whoever will be
    /// told later where the others are may leave addresses out.
    public var members: String
    /// The numbers of members that do not found the cluster and join it once they are started, separated by
    /// commas.
    public var joiners = ""
    /// `chain` or `quorum`, with `log-` before for a log; `token` for a member of a token ring, `gossip` for one
    /// that watches others.
    public var replication = "quorum"
    /// How many of all contenders for the token, spread over the members, want it all the time.
    public var contenders = 0
    /// Where its records are kept; nil for nowhere.
    public var directory: String?
    /// `none`, `group` or `each`; nil for `group`, and where nothing is kept.
    public var durability: String?
    /// The cluster's number.
    public var cluster: UInt64 = 1
    /// The silence after which others take over, with its unit.
    public var failureTimeout = "500ms"
    /// What its connections go over.
    public var transport = TransportRequest()
    /// Whether addresses may be left out.
    public var mayLackAddresses = false

    /// A server of these members.
    public init(id: String, members: String) {
        self.id = id
        self.members = members
    }

    /// The names of protocols that are no store's.
    static let (token, gossip) = ("token", "gossip")
    /// What stands before the names of those that a log is replicated by.
    static let log = "log-"

    /// Whether it is a replica of a log.
    var isLog: Bool { replication.hasPrefix(Self.log) }

    /// What it comes to, checked.
    ///
    /// - Throws: what is wrong, where, and what was expected, in a line.
    public func plan(seed: Seed) throws(NodeRefusal) -> StoreServerPlan {
        let addresses = try addresses()
        let name = isLog ? String(replication.dropFirst(Self.log.count)) : replication
        guard let protocolName = Replication(rawValue: name) else {
            throw NodeRefusal(
                "--protocol: '\(replication)', expected chain, quorum, log-chain, log-quorum, token "
                    + "or gossip")
        }
        try refuseContenders()
        guard directory != nil || !isLog else {
            throw NodeRefusal(
                "--protocol: '\(replication)' without a --directory to keep records in")
        }
        let joiners = try joiners(among: addresses)
        var plan = StoreServerPlan(
            options: try options(addresses), replication: protocolName,
            servers: addresses.map(\.id).filter { !joiners.contains($0) }, directory: directory,
            durability: try syncing(), failureTimeout: try silence(), seed: seed)
        plan.joiners = joiners
        return plan
    }

    /// Those of the members that join later, in the members' order.
    private func joiners(among members: [Member]) throws(NodeRefusal) -> [NodeID] {
        guard !joiners.isEmpty else { return [] }
        if isLog { try refuseJoiners() }
        let words = joiners.split(separator: ",", omittingEmptySubsequences: false)
        let numbers = words.compactMap { UInt32($0) }.map(NodeID.init(_:))
        guard numbers.count == words.count, Set(numbers).count == numbers.count,
            Set(numbers).isSubset(of: members.map(\.id))
        else {
            throw NodeRefusal(
                "--joiners: '\(joiners)', expected numbers of --members, each once, as in 3,4")
        }
        guard numbers.count < members.count else {
            throw NodeRefusal("--joiners: '\(joiners)' leaves nobody who founds the cluster")
        }
        return members.map(\.id).filter(numbers.contains)
    }

    private func refuseJoiners() throws(NodeRefusal) {
        guard !joiners.isEmpty else { return }
        throw NodeRefusal(
            "--joiners: '\(joiners)' for \(replication), expected --protocol chain or quorum")
    }

    /// What it comes to as a member of a token ring, checked, with its own share of the contenders.
    ///
    /// - Throws: as ``plan(seed:)``.
    func tokenPlan(
        seed: Seed
    ) throws(NodeRefusal) -> (plan: TokenServerPlan, contenders: Int) {
        let addresses = try addresses()
        try refuseJoiners()
        guard (0...1000).contains(contenders) else {
            throw NodeRefusal("--contenders: \(contenders), expected 0 to 1000")
        }
        let plan = TokenServerPlan(
            options: try options(addresses), members: addresses.map(\.id), directory: directory,
            durability: try syncing(), lease: try silence(), seed: seed)
        let place = addresses.firstIndex { $0.id == plan.options.id } ?? 0
        let rest = contenders % addresses.count
        return (plan, contenders / addresses.count + (place < rest ? 1 : 0))
    }

    /// What it comes to as a member that watches others, checked.
    ///
    /// - Throws: as ``plan(seed:)``.
    func gossipPlan(seed: Seed) throws(NodeRefusal) -> GossipServerPlan {
        let addresses = try addresses()
        try refuseContenders()
        try refuseJoiners()
        guard addresses.allSatisfy({ $0.id.place < addresses.count }) else {
            throw NodeRefusal("--members: '\(members)', expected the numbers from 0 on")
        }
        return GossipServerPlan(
            options: try options(addresses), members: addresses.count, directory: directory,
            durability: try syncing(), period: try silence(), seed: seed)
    }

    private func refuseContenders() throws(NodeRefusal) {
        guard contenders != 0 else { return }
        throw NodeRefusal(
            "--contenders: \(contenders) for \(replication), expected --protocol token")
    }

    private func options(_ addresses: [Member]) throws(NodeRefusal) -> NodeOptions {
        guard let number = UInt32(id),
            let own = addresses.first(where: { $0.id.rawValue == number })
        else {
            throw NodeRefusal("--id: '\(id)', expected the number of one of --members")
        }
        var peers: [NodeID: Address] = [:]
        for member in addresses where member.id != own.id {
            if let address = member.address { peers[member.id] = address }
        }
        return NodeOptions(
            id: own.id, cluster: ClusterID(cluster), listening: own.address ?? .loopback(),
            peers: peers, transport: try transport.transport())
    }

    private typealias Member = (id: NodeID, address: Address?)

    private func addresses() throws(NodeRefusal) -> [Member] {
        var found: [Member] = []
        for word in members.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let number = UInt32(parts[0]), parts.count == 2 || mayLackAddresses else {
                throw NodeRefusal(
                    "--members: '\(word)', expected NUMBER=ADDRESS, as in 0=127.0.0.1:7100")
            }
            guard !found.contains(where: { $0.id.rawValue == number }) else {
                throw NodeRefusal("--members: \(number) is there twice")
            }
            var address: Address?
            if parts.count == 2 {
                do throws(AddressError) {
                    address = try Address(parsing: String(parts[1]))
                } catch {
                    throw NodeRefusal("--members: \(error)")
                }
            }
            found.append((NodeID(number), address))
        }
        let most = replication == Self.gossip ? 64 : 15
        guard (1...most).contains(found.count) else {
            throw NodeRefusal("--members: \(found.count) of them, expected 1 to \(most)")
        }
        return found
    }

    private func syncing() throws(NodeRefusal) -> JournalDurability {
        guard let durability else { return .group }
        guard let found = JournalDurability(rawValue: durability) else {
            throw NodeRefusal("--durability: '\(durability)', expected none, group or each")
        }
        guard directory != nil else {
            throw NodeRefusal(
                "--durability: '\(durability)' without a --directory to keep records in")
        }
        return found
    }

    private func silence() throws(NodeRefusal) -> Span {
        try NodeRefusal.span(
            failureTimeout, "--failure-timeout", from: .milliseconds(10), to: .seconds(60))
    }
}

/// Why a request for servers cannot be met, in a line: what, where, what was expected.
public struct NodeRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// The line.
    public let description: String

    /// Refuses with this line.
    init(_ description: String) { self.description = description }

    /// The time that the text of an option says.
    ///
    /// - Throws: where it is none, or lies outside of the bounds.
    static func span(
        _ text: String, _ option: String, from least: Span, to most: Span
    ) throws(NodeRefusal) -> Span {
        let time: Nanoseconds
        do throws(Quantity.ParseError) {
            time = try Nanoseconds(parsing: text)
        } catch {
            throw NodeRefusal("\(option): \(error)")
        }
        guard time.rawValue >= least.inNanoseconds, time.rawValue <= most.inNanoseconds else {
            throw NodeRefusal(
                "\(option): '\(text)', expected \(Nanoseconds(least.inNanoseconds)) to "
                    + "\(Nanoseconds(most.inNanoseconds))")
        }
        return Span(nanoseconds: Int64(time.rawValue))
    }
}
