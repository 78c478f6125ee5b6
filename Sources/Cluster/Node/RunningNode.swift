public import Network
public import Randomness
import Shen
public import ShenRing
public import StateMachines
import Storage

/// What a node is to be: its place in the cluster, its machine, and where it keeps records.
public struct NodePlan<Machine: StateMachine>: Sendable where Machine.Message: WireCodable {
    /// How it takes part in its cluster.
    public var options: NodeOptions
    /// Where its records go; nil for one that stores none, or that forgets them when it ends: its
    /// machine is told at once that they are stored.
    public var journal: JournalPlan<Machine.Record>?
    /// From which it draws what chance decides of connections; another one in each life.
    public var seed: Seed
    /// Makes the machine of this life from what the journal holds.
    public var make: @Sendable (_ recovered: [Machine.Record]) throws -> Machine

    /// A node of these.
    public init(
        options: NodeOptions, journal: JournalPlan<Machine.Record>? = nil, seed: Seed,
        make: @escaping @Sendable (_ recovered: [Machine.Record]) throws -> Machine
    ) {
        self.options = options
        self.journal = journal
        self.seed = seed
        self.make = make
    }
}

/// A node that runs on a thread of its own until it is stopped, whoever holds on to it. Any thread
/// may use it.
///
///     let node = try RunningNode(plan, application: EventSink())
///     node.introduce(NodeID(2), at: address)
///     …
///     node.stop()
///     try node.wait()
public final class RunningNode<Machine: StateMachine>: Sendable
where Machine.Message: WireCodable {
    /// Where it listens; nil where nowhere.
    public let address: Address?
    private let mailbox: NodeMailbox<Machine.Request>
    private let thread: WorkerThread

    /// Starts it, and waits until it has read its journal and listens.
    ///
    /// - Throws: `NodeFailure` where it could not begin.
    public init<Application: NodeApplication & Sendable>(
        _ plan: NodePlan<Machine>, application: Application
    ) throws(NodeFailure) where Application.Machine == Machine {
        let mailbox = NodeMailbox<Machine.Request>()
        do throws(StorageError) {
            thread = try WorkerThread {
                do throws(NodeFailure) {
                    try NodeLife.run(plan, application: application, mailbox)
                    mailbox.ended(.success(()))
                } catch {
                    mailbox.ended(.failure(error))
                }
            }
        } catch {
            throw .journal(.storage(error))
        }
        self.mailbox = mailbox
        do throws(NodeFailure) {
            address = try mailbox.awaitBeginning()
        } catch {
            thread.join()
            throw error
        }
    }

    /// Asks something of its machine.
    public func ask(_ request: Machine.Request) { mailbox.post(.request(request)) }

    /// Has it call a node at this address from now on, be it known or not.
    public func introduce(_ node: NodeID, at address: Address) {
        mailbox.post(.introduce(node, address))
    }

    /// What it last said of itself, at the end of a turn.
    public var statistics: NodeStatistics { mailbox.statistics }

    /// Has it end: with all that it said sent and stored; or abruptly, as if its process were
    /// killed, so that what its journal has not written is lost.
    public func stop(abruptly isAbrupt: Bool = false) { mailbox.post(.stop(isAbrupt: isAbrupt)) }

    /// Waits until it has ended.
    ///
    /// - Throws: `NodeFailure` where it ended by itself.
    public func wait() throws(NodeFailure) {
        thread.join()
        try mailbox.awaitEnd()
    }
}
