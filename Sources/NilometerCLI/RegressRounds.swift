/// Which workloads the processes of two builds measured in turns.
struct RegressRounds {
    private var least: [String: (base: Int, new: Int)] = [:]

    /// Takes in a pair of processes that handed over so often.
    mutating func add(_ workload: String, base: Int, new: Int) {
        let known = least[workload] ?? (.max, .max)
        least[workload] = (min(known.base, base), min(known.new, new))
    }

    /// The workloads in all of whose pairs both handed over.
    var workloads: Set<String> {
        Set(least.filter { min($0.value.base, $0.value.new) > 0 }.keys)
    }

    /// What a reader should know.
    var notes: [String] {
        // Either both have rounds or neither, unless one of them does not know how to hand over.
        guard least.values.contains(where: { ($0.base == 0) != ($0.new == 0) }) else { return [] }
        return [
            "one of the builds does not take turns round by round: processes ran one after the other"
        ]
    }
}
