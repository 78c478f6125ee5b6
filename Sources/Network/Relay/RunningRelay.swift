import StateMachines
import Storage

/// Links between machines that are processes, or threads, of this one: a relay on a thread of its own,
/// which gives what it receives on when it is due. Any thread may use it.
///
///     var plan = RelayPlan(targets: servers, calls: calls, conditions: conditions, seed: seed)
///     let relay = try RunningRelay(plan)
///     let address = relay.address(of: Link(from: n0, to: n1))   // where n0 is to call n1
///     relay.cut([Link(from: n0, to: n1)])
///     relay.stop()
///
/// For machines on one kernel that has no `netem`, and for users who are not root. It works on streams
/// of bytes, not on packets: see ``LinkConditions`` and `DelayLine` for what it makes of lost ones. How
/// late it was is in its ``statistics``.
///
/// Connections end as a whole: when one end has said its last, what the other one still says is lost.
/// Who calls is connected at once, and what it says leaves a round trip later, when it would have been
/// connected over the link. A connection that is made while one of its two links is cut passes bytes
/// the other way.
public final class RunningRelay: Sendable {
    /// What it is told, and tells.
    let mailbox: RelayMailbox
    private let thread: WorkerThread
    private let addresses: [Link: Address]
    private let links: Set<Link>

    /// Starts it, and waits until it listens for every call of the plan.
    ///
    /// - Throws: `RelayFailure` where there is no thread or no ring, or no port to listen at.
    public init(_ plan: RelayPlan) throws(RelayFailure) {
        plan.check()
        let mailbox = RelayMailbox()
        do throws(StorageError) {
            thread = try WorkerThread {
                do throws(NetworkError) {
                    try Relay.run(plan, mailbox)
                    mailbox.ended(.success(()))
                } catch {
                    mailbox.ended(.failure(.network(error)))
                }
            }
        } catch {
            throw .thread(error)
        }
        self.mailbox = mailbox
        links = plan.links
        do throws(RelayFailure) {
            addresses = try mailbox.awaitBeginning()
        } catch {
            thread.join()
            throw error
        }
    }

    deinit { stop() }

    /// Where who speaks on this link is to call whom it speaks to; the link has to be a call of the
    /// plan's.
    public func address(of call: Link) -> Address {
        guard let address = addresses[call] else {
            preconditionFailure("\(call) is no call of this relay's")
        }
        return address
    }

    /// Has nothing pass these links, until they are healed as often as they were cut. In force when this
    /// returns.
    public func cut(_ links: [Link]) { mailbox.perform(.cut(known(links))) }

    /// Takes back one cut of each of these links. Those that are cut no more pass everything again: what
    /// has waited comes when TCP would have repeated it. In force when this returns.
    public func heal(_ links: [Link]) { mailbox.perform(.heal(known(links))) }

    /// Ends the connections that go over these links, with all that is under way on them.
    public func reset(_ links: [Link]) { mailbox.perform(.reset(known(links))) }

    /// Has what comes from now on meet other conditions.
    public func change(_ links: [Link], to conditions: LinkConditions) {
        conditions.check()
        mailbox.perform(.change(known(links), conditions))
    }

    /// What it has done so far.
    public var statistics: RelayStatistics { mailbox.perform(.report) }

    /// Why it ended by itself; nil while it runs, and where it was stopped.
    public var failure: RelayFailure? { mailbox.failure }

    /// Ends it, with all connections, and waits until it has. May be called again.
    public func stop() {
        mailbox.perform(.stop)
        thread.join()
    }

    private func known(_ links: [Link]) -> [Link] {
        for link in links {
            precondition(self.links.contains(link), "\(link) is no link of this relay's")
        }
        return links
    }
}
