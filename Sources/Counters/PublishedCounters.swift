import CPapi
import Hardware
import Synchronization

/// Counters of the engine, published as PAPI's software-defined events: every tool that reads PAPI
/// sees them as `sde:::nilometer::EVENT`.
///
/// A counter costs what it counts nothing: the library calls back for the value when somebody reads
/// it. Sources of one name are added up, so that it may have several (the channels of a process),
/// and stays what it was when one goes.
public enum PublishedCounters {
    /// The library's name in PAPI.
    public static let library = "nilometer"

    /// The name by which PAPI knows `event`.
    public static func name(_ event: String) -> CounterName {
        .published("sde:::\(library)::\(event)")
    }

    /// A source of a counter; what it has counted stays counted when it is destroyed.
    public final class Source: Sendable {
        private let counter: Counter
        private let number: Int

        fileprivate init(_ counter: Counter, _ value: @escaping @Sendable () -> UInt64) {
            self.counter = counter
            number = counter.add(value)
        }

        deinit { counter.retire(number) }
    }

    /// Publishes what `value` gives, which never shrinks, as `event`. Any thread, and the readers
    /// call `value` from theirs.
    ///
    /// Where libsde refuses, the source counts for nobody, and who asks for the counter is told.
    public static func publish(
        _ event: String, _ summary: String, value: @escaping @Sendable () -> UInt64
    ) -> Source {
        let counter = registry.withLock { registry in
            registry.counter(event, summary)
        }
        return Source(counter, value)
    }

    /// Whether a counter is published, or why it is not.
    static func refusal(of name: CounterName) -> CounterRefusal? {
        registry.withLock { registry in
            guard
                let found = registry.counters.first(where: {
                    PublishedCounters.name($0.event) == name
                })
            else { return CounterRefusal("nothing publishes it in this process") }
            return found.refusal
        }
    }

    private static let registry = Mutex(Registry())

    // Safe to use: the handle is libsde's, made once, and only passed back to it.
    @safe private struct Registry {
        var counters: [Counter] = []
        private var handle: papi_handle_t?

        /// The counter of an event, registered with libsde when it is new.
        mutating func counter(_ event: String, _ summary: String) -> Counter {
            if let known = counters.first(where: { $0.event == event }) { return known }
            let counter = Counter(event: event)
            // SAFETY, here and below: libsde copies texts during the calls.
            if unsafe handle == nil { unsafe handle = papi_sde_init(PublishedCounters.library) }
            // SAFETY: the counter stays in `counters`, hence alive, for as long as the process.
            let status = unsafe papi_sde_register_counter_cb(
                handle, event, nilometer_sde_growing, nilometer_sde_integer,
                { unsafe Counter.total(of: $0) }, Unmanaged.passUnretained(counter).toOpaque())
            if status == SDE_OK {
                unsafe papi_sde_describe_counter(handle, event, summary)
            } else {
                counter.refusal = CounterRefusal("libsde: \(PapiLibrary.Refusal(status))")
            }
            counters.append(counter)
            return counter
        }
    }

    /// @unchecked Sendable: `refusal` is written before the counter is shared, the rest is locked.
    fileprivate final class Counter: @unchecked Sendable {
        private struct Values {
            var retired: UInt64 = 0
            var next = 0
            var sources: [(number: Int, value: @Sendable () -> UInt64)] = []
        }

        let event: String
        var refusal: CounterRefusal?
        private let values = Mutex(Values())

        init(event: String) { self.event = event }

        func add(_ value: @escaping @Sendable () -> UInt64) -> Int {
            values.withLock { values in
                values.next += 1
                values.sources.append((values.next, value))
                return values.next
            }
        }

        func retire(_ number: Int) {
            values.withLock { values in
                guard let index = values.sources.firstIndex(where: { $0.number == number }) else {
                    return
                }
                values.retired &+= values.sources.remove(at: index).value()
            }
        }

        private var total: UInt64 {
            values.withLock { values in
                values.sources.reduce(values.retired) { $0 &+ $1.value() }
            }
        }

        static func total(of pointer: UnsafeMutableRawPointer?) -> Int64 {
            guard let pointer = unsafe pointer else { return 0 }
            // SAFETY: what was registered, which is never freed.
            let counter = unsafe Unmanaged<Counter>.fromOpaque(pointer).takeUnretainedValue()
            return Int64(truncatingIfNeeded: counter.total)
        }
    }
}

/// The published counters that a thread reads, each from the moment when there is something to
/// read: PAPI would count an event that nobody publishes as 0.
final class PublishedGroup {
    private var pending: [CounterName]
    private var group: PapiGroup?
    /// What was read before the set was last stopped to take another event in.
    private var base: [Int64] = []
    private var refused: [(name: CounterName, reason: String)] = []

    init(_ names: [CounterName]) { pending = names }

    deinit { group?.stop() }

    /// Whether some of its counters were not published up to now.
    var isWaiting: Bool { !pending.isEmpty }

    /// What is read, in the order of the readings.
    var members: [CounterName] { group?.members ?? [] }

    /// What cannot be read up to now, and why.
    var absences: [(name: CounterName, reason: String)] {
        refused
            + pending.map {
                ($0, PublishedCounters.refusal(of: $0)?.description ?? "was never read")
            }
    }

    /// Takes in what has been published since.
    func adopt() {
        let ready = pending.filter { PublishedCounters.refusal(of: $0) == nil }
        guard !ready.isEmpty else { return }
        pending.removeAll { ready.contains($0) }
        do throws(CounterRefusal) {
            if let group {
                base = read().map { $0 ?? 0 }
                group.stop()
            }
            let group: PapiGroup
            if let known = self.group { group = known } else { group = try PapiGroup() }
            self.group = group
            for name in ready {
                do {
                    try group.add(name)
                    base.append(0)
                } catch {
                    refused.append((name, error.description))
                }
            }
            try group.start()
        } catch {
            refused += ready.map { ($0, error.description) }
        }
    }

    func read() -> [Int64?] {
        guard let group else { return [] }
        return zip(base, group.read()).map { base, value in value.map { base + $0 } }
    }
}
