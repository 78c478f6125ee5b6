/// How many interrupts of each source a hardware thread has served since boot, from
/// `/proc/interrupts`.
enum InterruptTable {
    /// The counts of a hardware thread by source, or `nil` where the kernel does not tell.
    static func counts(on processingUnit: Int) -> [String: Int]? {
        KernelFile.text("/proc/interrupts").flatMap { parse($0, processingUnit) }
    }

    /// The first line names the online hardware threads, a column each; every other has a name, a
    /// count for each, and words about it. The few that count for the machine as a whole have
    /// fewer counts, and are left out.
    static func parse(_ text: String, _ processingUnit: Int) -> [String: Int]? {
        let lines = text.split(separator: "\n")
        guard let header = lines.first?.split(separator: " "),
            let column = header.firstIndex(of: "CPU\(processingUnit)")
        else { return nil }
        var counts: [String: Int] = [:]
        for line in lines.dropFirst() {
            let fields = line.split(separator: " ")
            guard let name = fields.first, name.last == ":" else { continue }
            let numbers = fields.dropFirst().prefix(header.count).compactMap { Int($0) }
            guard numbers.count == header.count else { continue }
            let words = fields.dropFirst(header.count + 1).joined(separator: " ")
            counts["\(name.dropLast()) \(words)"] = numbers[column]
        }
        return counts
    }

    /// What was served between two counts, the most frequent first, then by name.
    static func difference(
        _ before: [String: Int]?, _ after: [String: Int]?
    ) -> [JitterEvents.Interrupts]? {
        guard let before, let after else { return nil }
        return after.map { ($0.key, $0.value - (before[$0.key] ?? 0)) }
            .filter { $0.1 > 0 }
            .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
            .map { JitterEvents.Interrupts(source: $0.0, count: $0.1) }
    }
}
