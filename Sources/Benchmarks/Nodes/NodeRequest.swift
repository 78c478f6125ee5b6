public import Cluster
import Network
import Quantities
public import Randomness
import ShenRing
import StateMachines

/// One server of a replicated store, in the words of a user.
public struct NodeRequest: Sendable {
    /// Its number: one of the members'.
    public var id: String
    /// Who founds the cluster: `NUMBER=ADDRESS` for each member, separated by commas. Whoever will be
    /// told later where the others are may leave addresses out.
    public var members: String
    /// `chain` or `quorum`.
    public var replication = "quorum"
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

    /// What it comes to, checked.
    ///
    /// - Throws: what is wrong, where, and what was expected, in a line.
    public func plan(seed: Seed) throws(NodeRefusal) -> StoreServerPlan {
        let addresses = try addresses()
        guard let number = UInt32(id),
            let own = addresses.first(where: { $0.id.rawValue == number })
        else {
            throw NodeRefusal("--id: '\(id)', expected the number of one of --members")
        }
        guard let protocolName = Replication(rawValue: replication) else {
            throw NodeRefusal("--protocol: '\(replication)', expected chain or quorum")
        }
        var peers: [NodeID: Address] = [:]
        for member in addresses where member.id != own.id {
            if let address = member.address { peers[member.id] = address }
        }
        return StoreServerPlan(
            options: NodeOptions(
                id: own.id, cluster: ClusterID(cluster), listening: own.address ?? .loopback(),
                peers: peers, transport: try transport.transport()),
            replication: protocolName, servers: addresses.map(\.id), directory: directory,
            durability: try syncing(), failureTimeout: try silence(), seed: seed)
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
        guard (1...15).contains(found.count) else {
            throw NodeRefusal("--members: \(found.count) of them, expected 1 to 15")
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
