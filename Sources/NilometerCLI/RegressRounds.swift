/// Which workloads the processes of two builds measured in turns.
struct RegressRounds {
    /// The fewest times that either process of a pair handed over, by workload.
    private var fewest: [String: Int] = [:]
    /// Whether in some pair one process handed over and the other never did.
    private var isOneSided = false

    /// Takes in a pair of processes that handed over so often.
    mutating func add(_ workload: String, base: Int, new: Int) {
        fewest[workload] = min(fewest[workload] ?? .max, base, new)
        // A build without turns that goes first leaves its partner nobody to hand over to.
        if (base == 0) != (new == 0) { isOneSided = true }
    }

    /// The workloads in all of whose pairs both handed over.
    var workloads: Set<String> { Set(fewest.filter { $0.value > 0 }.keys) }

    /// What a reader should know.
    var notes: [String] {
        let byRound = workloads.sorted()
        let told =
            byRound.isEmpty
            ? []
            : [
                "the two processes of a pair handed over after each round: "
                    + byRound.joined(separator: ", ")
            ]
        let refused =
            isOneSided
            ? ["one of the builds does not know how to hand over: its processes ran as wholes"] : []
        return told + refused
    }
}
