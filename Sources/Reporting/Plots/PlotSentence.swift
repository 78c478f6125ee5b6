import Measurement

/// Sentences that say what a picture shows, made from the figures in it.
enum PlotSentence {
    /// A figure in a panel.
    struct Entry {
        let panel: String?
        let name: String
        let value: Double
        let low: Double
        let high: Double
    }

    /// Who is best in each panel: `nilometer has the lowest median latency (smt, far); nilometer
    /// and boost share it (l3)`. Those whose intervals overlap the best one's are named with it.
    /// Where nobody can lead, the figures themselves are named.
    static func leaders(
        _ entries: [Entry], quantity: String, unit: String,
        better: MetricSpecification.Direction
    ) -> String {
        let names = distinct(entries.map(\.name))
        let panels = distinct(entries.map(\.panel))
        guard better != .neither, names.count > 1 else {
            return ranges(entries, quantity: quantity, unit: unit)
        }
        var parts: [(names: [String], panels: [String])] = []
        for panel in panels {
            let best = leading(entries.filter { $0.panel == panel }, better: better)
            let place = panel.map { [$0] } ?? []
            if let index = parts.firstIndex(where: { $0.names == best }) {
                parts[index].panels += place
            } else {
                parts.append((best, place))
            }
        }
        let extreme = better == .lower ? "lowest" : "highest"
        return parts.enumerated().map { index, part in
            let place = part.panels.isEmpty ? "" : " (\(part.panels.joined(separator: ", ")))"
            let what = index == 0 ? "the \(extreme) \(quantity)" : "it"
            let verb = part.names.count == 1 ? "has" : "share"
            return "\(shortList(part.names)) \(verb) \(what)\(place)"
        }.joined(separator: "; ")
    }

    /// Where the figures of each panel lie: `Median latency lies between 61.2 ns (nilometer) and
    /// 93.1 ns (boost) in smt and at 110 ns (nilometer) in l3`.
    static func ranges(_ entries: [Entry], quantity: String, unit: String) -> String {
        let parts = distinct(entries.map(\.panel)).compactMap { panel -> String? in
            let own = entries.filter { $0.panel == panel }.sorted { $0.value < $1.value }
            guard let least = own.first, let greatest = own.last else { return nil }
            let text = { (entry: Entry) in "\(figure(entry.value, unit: unit)) (\(entry.name))" }
            let place = panel.map { " in \($0)" } ?? ""
            return own.count == 1
                ? "at \(text(least))\(place)"
                : "between \(text(least)) and \(text(greatest))\(place)"
        }
        let start = quantity.hasPrefix("median") ? capitalised(quantity) : quantity
        return "\(start) lies \(list(parts))"
    }

    /// The best of `entries` and those that cannot be told from it, in the order given.
    static func leading(
        _ entries: [Entry], better: MetricSpecification.Direction
    ) -> [String] {
        let best =
            better == .lower
            ? entries.min { $0.value < $1.value } : entries.max { $0.value < $1.value }
        guard let best else { return [] }
        return entries.filter { $0.low <= best.high && best.low <= $0.high }.map(\.name)
    }

    /// A figure that is not broken between number and unit when its sentence is wrapped.
    static func figure(_ value: Double?, unit: String) -> String {
        unbroken(FigureText(value: value, unit: unit).description)
    }

    /// `text` with spaces at which no line is broken.
    static func unbroken(_ text: String) -> String { text.replacing(" ", with: "\u{A0}") }

    /// `a`, `a and b`, `a, b and c`.
    static func list(_ names: [String]) -> String {
        guard let last = names.last, names.count > 1 else { return names.first ?? "" }
        return names.dropLast().joined(separator: ", ") + " and " + last
    }

    /// The first four of `names`, and how many more there are.
    static func shortList(_ names: [String]) -> String {
        guard names.count > 4 else { return list(names) }
        return names.prefix(3).joined(separator: ", ") + " and \(names.count - 3) more"
    }

    /// `text` with its first letter in upper case.
    static func capitalised(_ text: String) -> String {
        text.prefix(1).uppercased() + text.dropFirst()
    }

    /// The elements of `values`, each once, in the order in which they first come up.
    static func distinct<Value: Hashable>(_ values: [Value]) -> [Value] {
        var seen: Set<Value> = []
        return values.filter { seen.insert($0).inserted }
    }
}
