import StateMachines

/// An answer that a client of a replicated store got.
struct StoreAnswer {
    let at: Moment
    let took: Span
    let isRead: Bool
}

/// What the clients of a replicated store saw, whichever its protocol.
struct StoreFigures {
    private let plan: PlannedSimulation
    private let writes: [StoreAnswer]
    private let reads: [StoreAnswer]
    private let crashes: [Moment]
    private let start: Moment
    private let models: (write: Span, read: Span, bound: Double?)

    /// Answers from `start` on, of a store of which arithmetic says how long a lone write and a lone read
    /// take, and how many writes a second the busiest member has time for.
    init(
        plan: PlannedSimulation, answers: [StoreAnswer], crashes: [Moment], start: Moment,
        write: Span, read: Span, bound: Double?
    ) {
        self.plan = plan
        let end = start + plan.duration
        let counted = answers.filter { $0.at >= start && $0.at < end }
        writes = counted.filter { !$0.isRead }
        reads = counted.filter(\.isRead)
        (self.crashes, self.start) = (crashes, start)
        models = (write, read, bound)
    }

    /// How many operations were answered.
    var count: Int { writes.count + reads.count }

    var all: [PlannedFigure] {
        let seconds = plan.duration.inSeconds
        let took = (writes + reads).reduce(0) { $0 + $1.took.inSeconds }
        let pauses = Pauses(moments: writes.map(\.at))
        let half = (models.write.inSeconds + models.read.inSeconds) / 2
        return [
            PlannedFigure(
                "write", "what a client waited for a write; the model has nobody else",
                writes.map(\.took), model: models.write),
            PlannedFigure(
                "read", "what a client waited for a read; the model has nobody else",
                reads.map(\.took), model: models.read),
            PlannedFigure(
                "operations", .operations,
                "operations answered a second; the model is Little's law for as many clients",
                [Double(count) / seconds], model: Double(plan.clients) / half),
            PlannedFigure(
                "under-way", .count(of: "operations"),
                "operations under way on average, by Little's law; the model is one for each client",
                [took / seconds], model: Double(plan.clients)),
            PlannedFigure(
                "depth", .count(of: "operations"),
                "writes that have to be under way for the busiest member to be busy, without batches",
                [], model: models.bound.map { $0 * models.write.inSeconds }),
            PlannedFigure(
                "pause", "the longest time without an answered write",
                [pauses.longest(from: start, to: start + plan.duration)]),
            PlannedFigure(
                "failover", "from a member's crash to the first answer to a write made since",
                failovers),
        ]
    }

    /// What was made before a crash and answered after it may have been past the member that crashed: it is
    /// no sign of life.
    private var failovers: [Span] {
        crashes.compactMap { crash in
            writes.first { $0.at - $0.took >= crash }.map { $0.at - crash }
        }
    }
}
