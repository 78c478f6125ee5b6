/// The kernel's software events of one thread: they always count, and never exclude each other.
final class SoftwareGroup: CounterGroup {
    private final class Held {
        let counter: SoftwareCounter
        init(_ counter: consuming SoftwareCounter) { self.counter = counter }
    }

    private var counters: [Held] = []
    private(set) var members: [CounterName] = []
    /// What cannot be counted, and why.
    private(set) var refused: [(name: CounterName, reason: String)] = []
    /// What is counted in part only, and which part.
    private(set) var remarks: [(name: CounterName, remark: String)] = []

    init(_ events: [SoftwareEvent], scope: SoftwareCounter.Scope) {
        for event in events {
            let name = CounterName.software(event)
            do {
                let counter = try SoftwareCounter(event, scope: scope)
                if counter.isUserOnly {
                    remarks.append(
                        (name, "in user mode only: counting the kernel is not permitted here"))
                }
                counters.append(Held(counter))
                members.append(name)
            } catch {
                refused.append((name, "\(error)"))
            }
        }
    }

    func start() {}
    func stop() {}
    func read() -> [Int64?] { counters.map { $0.counter.count } }
}
