import Cluster
import Hardware
import Measurement
import PeerServers
import StateMachines

/// The members of one ring: that of this process, which is yet to begin, and the others, in processes of their
/// own.
struct RingProcesses {
    /// What this process's member is to be; it has the last number.
    let own: NodeRequest
    /// The others.
    let others: NodeProcesses

    /// Starts `count - 1` processes that run this protocol, on `units`, with what they keep below `directory`.
    ///
    /// - Parameters:
    ///   - silence: after which others take over.
    ///   - durability: when a record counts as kept; nil where nothing is kept.
    ///   - rivals: contenders for the token among all of them.
    init(
        _ protocolName: String, count: Int, silence: Span, durability: String?, rivals: Int = 0,
        on units: CPUSet, below directory: String
    ) throws {
        let addresses = try NodeProcesses.freeAddresses(count)
        let text = "\(silence.nanoseconds) ns"
        var options = [
            "--protocol", protocolName, "--cluster", "\(StorePlan.cluster)",
            "--failure-timeout", text,
        ]
        if let durability { options += ["--durability", durability] }
        if rivals > 0 { options += ["--contenders", "\(rivals)"] }
        others = try NodeProcesses(
            program: BenchmarkProcesses.currentProgram,
            addresses: Array(addresses.dropLast()),
            members: Array(repeating: addresses, count: count - 1), options: options,
            keepsRecords: durability != nil, below: directory, units: units)
        var own = NodeRequest(
            id: "\(count - 1)",
            members: addresses.enumerated().map { "\($0)=\($1)" }.joined(separator: ","))
        (own.replication, own.cluster) = (protocolName, StorePlan.cluster)
        own.failureTimeout = text
        if let durability {
            own.directory = "\(directory)/\(protocolName)"
            own.durability = durability
        }
        self.own = own
    }
}
