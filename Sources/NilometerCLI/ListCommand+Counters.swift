import Benchmarks
import Counters

extension ListCommand {
    private struct CounterDocument: Encodable {
        let schema = "nilometer/counters/1"
        let counters: CounterInventory
    }

    func listCounters() throws {
        let inventory = CounterInventory(
            published: EngineCounter.allCases.map {
                .init(name: $0.name.description, summary: $0.summary)
            })
        if json { return try Terminal.output(json: CounterDocument(counters: inventory)) }
        Terminal.output(CounterPage(inventory).text)
    }
}

/// What can be counted here, what cannot, and why, in the words of who refuses.
struct CounterPage {
    /// More names than these are left to `--json`.
    private static let mostNames = 50

    private let inventory: CounterInventory

    init(_ inventory: CounterInventory) { self.inventory = inventory }

    var text: String {
        [hardware, components, kernel, engine, standing].map { section in
            ([section.title] + section.lines.map { "  \($0)" }).joined(separator: "\n") + "\n"
        }.joined(separator: "\n")
    }

    private typealias Section = (title: String, lines: [String])

    private var hardware: Section {
        let title = "The processor, through PAPI \(inventory.papiVersion ?? "")"
        if let reason = inventory.papiReason { return (title, ["unavailable: \(reason)"]) }
        let available = inventory.presets.filter { $0.reason == nil }
        var lines = available.map { padded($0.name, 14) + $0.summary }
        for group in byReason(inventory.presets.compactMap { $0.reason }) {
            let which = group.count == inventory.presets.count ? "all" : "\(group.count) of"
            lines.append(
                "\(which) \(inventory.presets.count) preset events unavailable: \(group.reason)")
        }
        let aliases = CounterName.aliases.map { "\($0.alias) (\($0.preset))" }
        lines.append("short names: \(aliases.joined(separator: ", "))")
        lines.append("check against a loop of known length: \(inventory.validation.summary)")
        return (title, lines)
    }

    private var components: Section {
        let lines = inventory.components.flatMap { component -> [String] in
            let name = padded(component.name, 20)
            if let reason = component.reason { return [name + "unavailable: \(reason)"] }
            if component.name == "sde" { return [name + "available: the engine's, below"] }
            let count = component.events.count
            let names = count > Self.mostNames ? [] : component.events.map { "    \($0)" }
            return [name + "available: \(count) events"] + names
        }
        return ("Components of PAPI", lines)
    }

    private var kernel: Section {
        var lines = inventory.software.filter { $0.reason == nil }.map {
            padded($0.name, 20) + ($0.isUserOnly ? "available in user mode only" : "available")
        }
        for group in byReason(inventory.software.compactMap(\.reason)) {
            let names = inventory.software.filter { $0.reason == group.reason }.map(\.name)
            lines.append("unavailable (\(group.reason)): \(names.joined(separator: ", "))")
        }
        return ("The kernel's events, by perf_event_open", lines)
    }

    private var engine: Section {
        let width = (inventory.published.map(\.name.count).max() ?? 0) + 2
        return (
            "The engine's events, published by the benchmarks that count them",
            inventory.published.map { padded($0.name, width) + $0.summary }
        )
    }

    private var standing: Section {
        var lines = [
            "switches, faults, processor time: getrusage, around every measurement"
        ]
        if let shares = inventory.stolenTime {
            let times = shares.map { share in
                "\(share.processor): \((share.nanoseconds / 1e7).rounded() / 100) s"
            }
            lines.append("stolen by the hypervisor since boot: \(times.joined(separator: ", "))")
        } else {
            lines.append("stolen by the hypervisor: unavailable, /proc/stat does not say")
        }
        lines.append("interrupts since boot: " + list(inventory.interrupts, "/proc/interrupts"))
        if let shares = inventory.interruptsByProcessor {
            let counts = shares.map { "\($0.processor): \($0.total)" }.joined(separator: ", ")
            lines.append("interrupts by core since boot: \(counts)")
        }
        lines.append(
            "deferred work since boot: " + list(inventory.softInterrupts, "/proc/softirqs"))
        return ("Without being asked", lines)
    }

    private func list(_ interrupts: [CounterInventory.Interrupts]?, _ path: String) -> String {
        guard let interrupts else { return "unavailable, \(path) cannot be read" }
        return interrupts.map { "\($0.name): \($0.total)" }.joined(separator: "; ")
    }

    /// The reasons, each once with how many have it, in their order.
    private func byReason(_ reasons: [String]) -> [(reason: String, count: Int)] {
        var groups: [(reason: String, count: Int)] = []
        for reason in reasons {
            if let index = groups.firstIndex(where: { $0.reason == reason }) {
                groups[index].count += 1
            } else {
                groups.append((reason, 1))
            }
        }
        return groups
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}
