import Network
import Shen
public import ShenRing
public import StateMachines
import Storage

/// Nodes that run on one thread together until all of them are stopped: the clients of a process, which are
/// many, and which wait together.
///
/// Each is as a ``RunningNode``, with connections of its own, but none listens or has a journal, and the
/// connections of one that was stopped end with the last of them. Any thread may use it.
public final class RunningNodeGroup<Machine: StateMachine>: Sendable
where Machine.Message: WireCodable {
    /// One of them.
    public struct Member: Sendable {
        fileprivate let mailbox: NodeMailbox<Machine.Request>

        /// Asks something of its machine.
        public func ask(_ request: Machine.Request) { mailbox.post(.request(request)) }

        /// Has it call a node at this address from now on.
        public func introduce(_ node: NodeID, at address: Address) {
            mailbox.post(.introduce(node, address))
        }

        /// What it last said of itself, at the end of a turn.
        public var statistics: NodeStatistics { mailbox.statistics }

        /// Has it end, with all that it said sent, or abruptly.
        public func stop(abruptly isAbrupt: Bool = false) {
            mailbox.post(.stop(isAbrupt: isAbrupt))
        }
    }

    /// In the order of their plans.
    public let members: [Member]
    private let thread: WorkerThread

    /// Starts them, and waits until all have begun.
    ///
    /// - Parameters:
    ///   - plans: the nodes, with the same loop and transport, without journals and listeners.
    ///   - applications: what hears the events of each.
    /// - Throws: `NodeFailure` where they could not begin.
    public init<Application: NodeApplication & Sendable>(
        _ plans: [NodePlan<Machine>], applications: [Application]
    ) throws(NodeFailure) where Application.Machine == Machine {
        precondition(!plans.isEmpty && plans.count == applications.count, "a group of nobody")
        precondition(
            plans.allSatisfy { $0.journal == nil && $0.options.listening == nil },
            "a node of a group stores nothing, and calls others")
        let mailboxes = plans.map { _ in NodeMailbox<Machine.Request>() }
        do throws(StorageError) {
            thread = try WorkerThread {
                let outcome: Result<Void, NodeFailure>
                do throws(NodeFailure) {
                    try Self.live(plans, applications, mailboxes)
                    outcome = .success(())
                } catch { outcome = .failure(error) }
                for mailbox in mailboxes { mailbox.ended(outcome) }
            }
        } catch { throw .journal(.storage(error)) }
        members = mailboxes.map { Member(mailbox: $0) }
        do throws(NodeFailure) {
            for mailbox in mailboxes { _ = try mailbox.awaitBeginning() }
        } catch {
            thread.join()
            throw error
        }
    }

    /// Waits until all have ended.
    ///
    /// - Throws: `NodeFailure` where they ended by themselves.
    public func wait() throws(NodeFailure) {
        thread.join()
        for member in members { try member.mailbox.awaitEnd() }
    }

    /// The lives of all of them, on the calling thread.
    private static func live<Application: NodeApplication>(
        _ plans: [NodePlan<Machine>], _ applications: [Application],
        _ mailboxes: [NodeMailbox<Machine.Request>]
    ) throws(NodeFailure) where Application.Machine == Machine {
        var loop: EventLoop
        do throws(NetworkError) {
            let options = plans[0].options
            loop = try EventLoop(options: options.loop, transport: options.transport)
        } catch { throw .network(error) }
        var seats: [NodeGroup<Machine>.Seat] = []
        for (place, plan) in plans.enumerated() {
            mailboxes[place].attach(loop.waker)
            let shell = NodeShell(
                try NodeLife.make(plan, []), plan.options,
                application: NodeApplicationBox(applications[place]), journal: nil,
                mailbox: mailboxes[place], seed: plan.seed, place: place)
            seats.append(NodeGroup.Seat(shell))
        }
        do throws(NetworkError) {
            for (place, seat) in seats.enumerated() {
                seat.shell.begin(on: &loop)
                mailboxes[place].begun(at: nil)
            }
            var group = NodeGroup(seats)
            while !group.isOver {
                let deadline = group.deadline
                try loop.turn(&group, until: deadline)
            }
            try loop.flushNow()
        } catch { throw .network(error) }
    }
}
