import Network
import Shen
import ShenRing
import StateMachines

/// A node's life on the calling thread.
enum NodeLife {
    /// Lives until the mailbox is told to stop.
    ///
    /// - Throws: `NodeFailure` where it cannot begin or ends by itself.
    static func run<Machine: StateMachine, Application: NodeApplication>(
        _ plan: NodePlan<Machine>, application: Application,
        _ mailbox: NodeMailbox<Machine.Request>
    ) throws(NodeFailure) where Application.Machine == Machine {
        var loop: EventLoop
        do throws(NetworkError) {
            loop = try EventLoop(options: plan.options.loop, transport: plan.options.transport)
        } catch { throw .network(error) }
        let waker = loop.waker
        mailbox.attach(waker)
        var recovered: [Machine.Record] = []
        var journal: JournalWriter<Machine.Record>?
        do throws(LogError) {
            journal = try plan.journal?.open(&recovered) { waker.ring() }
        } catch { throw .journal(error) }
        do throws(NodeFailure) {
            let machine = try make(plan, recovered)
            recovered = []
            var shell = NodeShell(
                machine, plan.options, application: NodeApplicationBox(application),
                journal: journal, mailbox: mailbox, seed: plan.seed)
            try live(&shell, on: &loop)
        } catch {
            // What failed is what is told; the journal is left as a crash would leave it.
            try? journal?.end(.abrupt)
            throw error
        }
    }

    static func make<Machine: StateMachine>(
        _ plan: NodePlan<Machine>, _ recovered: [Machine.Record]
    ) throws(NodeFailure) -> Machine {
        do {
            return try plan.make(recovered)
        } catch { throw .machine(error) }
    }

    /// Turns the loop until the node is to end, and ends it.
    private static func live<Machine: StateMachine>(
        _ shell: inout NodeShell<Machine>, on loop: inout EventLoop
    ) throws(NodeFailure) {
        do throws(NetworkError) {
            var address: Address?
            if let place = shell.options.listening {
                let listener = try loop.listen(at: place, options: shell.connection)
                address = loop.address(of: listener)
            }
            shell.begin(on: &loop)
            shell.mailbox.begun(at: address)
            while shell.ending == nil {
                let deadline = shell.deadline
                try loop.turn(&shell, until: deadline)
            }
            if case .orderly = shell.ending { try loop.flushNow() }
        } catch { throw .network(error) }
        switch shell.ending {
        case .failed(let failure): throw failure
        case .abrupt: try? shell.journal?.end(.abrupt)
        case .orderly, nil:
            do throws(LogError) {
                try shell.journal?.end(.orderly)
            } catch { throw .journal(error) }
        }
    }
}
