import CNilometerShims
import Glibc
import Hardware
import Measurement

/// The side of `storage.scaling` that runs in a process of its own and increments its counters.
public enum CounterWorker {
    /// The hidden verb under which the executable serves: `VERB PROCESSING-UNIT KIND=PATH …`.
    public static let verb = "counter"

    /// What a worker was told that it cannot do.
    enum Refused: Error, CustomStringConvertible {
        /// An argument that is no counter.
        case counter(String)
        /// A line that is no order.
        case order(String)

        var description: String {
            switch self {
            case .counter(let text): "'\(text)' is no counter; expected KIND=PATH"
            case .order(let text): "'\(text)' is no order; expected four numbers"
            }
        }
    }

    /// Binds this process's thread to `processingUnit`, opens the counters, says so on standard
    /// output, and serves orders from standard input until that ends.
    ///
    /// A single argument of `ValueTeller`'s has it tell values instead, without orders. What goes wrong
    /// is said on standard output, and thrown.
    public static func serve(processingUnit: Int, counters: [String]) throws {
        do {
            try ThreadBinding.bindCurrentThread(to: CPUSet([processingUnit]))
            if counters.count == 1, try ValueTeller.serve(counters[0]) { return }
            let files = try counters.map(open)
            say(CounterMessage.ready)
            while let line = readLine() {
                guard let window = CounterWindow(line: line), files.indices.contains(window.counter)
                else { throw Refused.order(line) }
                say(try report(on: window, files[window.counter]).line)
            }
            for file in files { try file.close() }
        } catch {
            say("\(CounterMessage.failure)\(error)")
            throw error
        }
    }

    private static func open(_ text: String) throws -> DurableAppends {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, let kind = ScaledCounter(rawValue: parts[0]) else {
            throw Refused.counter(text)
        }
        return try kind.open(at: parts[1])
    }

    /// Increments `counter` throughout the window.
    static func report(
        on window: CounterWindow, _ counter: DurableAppends
    ) throws -> CounterReport {
        wait(until: window.start)
        let began = TickClock.monotonicRaw()
        var now = began
        var increments: UInt64 = 0
        var opened: (at: UInt64, busy: UInt64)?
        repeat {
            try counter.run(iterations: 1)
            now = TickClock.monotonicRaw()
            guard now >= window.from else { continue }
            if opened == nil { opened = (now, ProcessorTime.ofProcess()) }
            if now < window.until { increments += 1 }
        } while now < window.until
        let from = opened ?? (now, 0)
        return CounterReport(
            increments: increments, lateness: began > window.start ? began - window.start : 0,
            busy: now > from.at ? ProcessorTime.ofProcess() - from.busy : 0, elapsed: now - from.at)
    }

    /// Sleeps until shortly before `moment`, then spins: a sleep ends late.
    private static func wait(until moment: UInt64) {
        let spin: UInt64 = 200_000
        let now = TickClock.monotonicRaw()
        if moment > now + spin { usleep(UInt32((moment - now - spin) / 1000)) }
        while TickClock.monotonicRaw() < moment { nilometer_pause() }
    }

    /// Writes a line at once, by one system call: a socket takes it whole.
    private static func say(_ text: String) {
        let bytes = Array((text.split(separator: "\n").joined(separator: " ") + "\n").utf8)
        // SAFETY: the bytes live during the call.
        _ = unsafe bytes.withUnsafeBytes { unsafe write(1, $0.baseAddress, $0.count) }
    }
}
