import Network
import StateMachines

/// What clients of a store heard in a while.
struct StoreMeasurement: Sendable {
    /// Something that was done to a server.
    struct Fault: Sendable {
        let fault: StoreFault
        /// Which server that was.
        let server: Int
        /// When it was begun to be done.
        let at: Moment
        /// When it was done, and in force.
        let inForce: Moment
        /// When it was undone; nil where it was not. Of a kill, when the server was started again.
        var undone: Moment?
        /// Of a server that was started again: when it had a place among the others, and which.
        var returned: (role: String, at: Moment)?
    }

    let begin: Moment
    let end: Moment
    /// What those were answered that load the store.
    let load: [ClientLog.Answer]
    /// What auditors were answered.
    let audited: [ClientLog.Answer]
    let faults: [Fault]
    /// What made the links; nil where there are none.
    var linkKind: LinkKind?
    /// What the relay of links did since the store began; nil where there is none.
    var relayed: RelayStatistics?

    /// What those who load it waited for writes, ascending.
    var waits: [Span] { load.map(\.wait).sorted() }

    /// Writes a second of those who load it.
    var throughput: Double { Double(load.count) / (end - begin).inSeconds }

    /// Writes a second in one window of this length after the other, as many as fit.
    func throughputs(in window: Span) -> [Double] {
        AnswerFigures.rates(of: load.lazy.map(\.heard), from: begin, to: end, in: window)
    }

    /// From a fault to the first answer to a write that was made since it was in force, of any client; nil
    /// where there was none.
    func outage(after fault: Fault) -> Span? {
        (load + audited).filter { !$0.isRead && $0.asked >= fault.inForce }.map(\.heard).min()
            .map { $0 - fault.at }
    }

    /// The wait within which this share of ascending `waits` were answered, by the nearest rank.
    ///
    /// - Precondition: there are some.
    static func wait(of waits: [Span], share: Double) -> Span {
        waits[max(0, Int((share * Double(waits.count)).rounded(.up)) - 1)]
    }
}
