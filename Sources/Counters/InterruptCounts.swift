/// How often each processor was interrupted, by source: `/proc/interrupts` or `/proc/softirqs`.
public struct InterruptCounts: Hashable, Sendable {
    /// A source of interrupts.
    public struct Source: Hashable, Sendable {
        /// The label at the start of its line, such as `24`, `LOC` or `TIMER`.
        public let label: String
        /// What the line says after the counts: controller and devices, or the meaning of the label.
        public let detail: String
        /// Interrupts on each processor, in the order of `processors`; for a source that the
        /// kernel does not count by processor (`ERR`, `MIS`), empty.
        public let counts: [UInt64]
        /// Interrupts on all processors.
        public let total: UInt64

        /// The label with what it stands for.
        public var name: String { detail.isEmpty ? label : "\(label) \(detail)" }
    }

    /// The processors of the columns: those that are on, which need not be numbered in a row.
    public let processors: [Int]
    /// The sources, in the order of the file.
    public let sources: [Source]

    /// Hardware's interrupts since boot; `nil` where the file cannot be read.
    public static func interrupts() -> InterruptCounts? {
        KernelFile.text(of: "/proc/interrupts").flatMap { InterruptCounts(parsing: $0) }
    }

    /// The kernel's own deferred ones since boot; `nil` where the file cannot be read.
    public static func softInterrupts() -> InterruptCounts? {
        KernelFile.text(of: "/proc/softirqs").flatMap { InterruptCounts(parsing: $0) }
    }

    /// Reads the text of one of the files; `nil` when its first line names no processors.
    public init?(parsing text: String) {
        var lines = text.split(separator: "\n")
        guard !lines.isEmpty else { return nil }
        let columns = lines.removeFirst().split(separator: " ").map { word in
            word.hasPrefix("CPU") ? Int(word.dropFirst(3)) : nil
        }
        let processors = columns.compactMap { $0 }
        guard !processors.isEmpty, processors.count == columns.count else { return nil }
        self.processors = processors
        sources = lines.compactMap { InterruptCounts.source($0, columns: processors.count) }
    }

    private init(processors: [Int], sources: [Source]) {
        self.processors = processors
        self.sources = sources
    }

    private static func source(_ line: Substring, columns: Int) -> Source? {
        guard let colon = line.firstIndex(of: ":") else { return nil }
        let words = line[line.index(after: colon)...].split(separator: " ")
        // A device's name may be a number: there are no more counts than columns.
        let numbers = words.prefix(columns).prefix { UInt64($0) != nil }.compactMap { UInt64($0) }
        guard !numbers.isEmpty else { return nil }
        let label = line[..<colon].filter { $0 != " " }
        let detail = words.dropFirst(numbers.count).joined(separator: " ")
        // A line with fewer counts than columns has one for all processors.
        return Source(
            label: String(label), detail: detail, counts: numbers.count == columns ? numbers : [],
            total: numbers.reduce(0, +))
    }

    /// Interrupts on one processor; `nil` when it is not among them.
    public func total(on processor: Int) -> UInt64? {
        guard let column = processors.firstIndex(of: processor) else { return nil }
        return sources.reduce(0) { $0 + ($1.counts.isEmpty ? 0 : $1.counts[column]) }
    }

    /// Interrupts on one processor by source, the most frequent first, then by name, those with none
    /// left out; `nil` when the processor is not among them.
    public func served(by processor: Int) -> [(name: String, count: UInt64)]? {
        guard let column = processors.firstIndex(of: processor) else { return nil }
        return sources.filter { !$0.counts.isEmpty && $0.counts[column] > 0 }
            .map { (name: $0.name, count: $0.counts[column]) }
            .sorted { ($1.count, $0.name) < ($0.count, $1.name) }
    }

    /// The `count` sources with the most interrupts, most first; those with none are not among
    /// them, and equals are in the order of the file.
    public func top(_ count: Int) -> [Source] {
        Array(
            sources.enumerated().filter { $0.element.total > 0 }
                .sorted {
                    ($1.element.total, $0.offset) < ($0.element.total, $1.offset)
                }
                .prefix(count).map(\.element))
    }

    /// The interrupts between `earlier` and this, on the processors that both know. The kernel
    /// counts in 32 bits, so that a count that is smaller than before has wrapped. A source that
    /// was not there before has counted from 0.
    public func since(_ earlier: InterruptCounts) -> InterruptCounts {
        let common = processors.enumerated().compactMap { column, processor in
            earlier.processors.firstIndex(of: processor).map { (now: column, then: $0) }
        }
        // By label and device: a label may come back with another device behind it.
        let known = Dictionary(
            earlier.sources.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let differences = sources.map { source in
            let before = known[source.name]
            let counts: [UInt64] =
                source.counts.isEmpty
                ? []
                : common.map { column in
                    let then = before.map { $0.counts.isEmpty ? 0 : $0.counts[column.then] } ?? 0
                    return InterruptCounts.difference(source.counts[column.now], then)
                }
            let total =
                source.counts.isEmpty
                ? InterruptCounts.difference(source.total, before?.total ?? 0)
                : counts.reduce(0, +)
            return Source(
                label: source.label, detail: source.detail, counts: counts, total: total)
        }
        return InterruptCounts(processors: common.map { processors[$0.now] }, sources: differences)
    }

    private static func difference(_ now: UInt64, _ then: UInt64) -> UInt64 {
        now >= then ? now - then : now &+ (1 << 32) &- then
    }
}
