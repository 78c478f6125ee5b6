/// What the processes of `storage.scaling` say to each other: a line each, of numbers.
enum CounterMessage {
    /// What a process says once its counters are open.
    static let ready = "ready"
    /// What the line begins with by which a process says why it ends.
    static let failure = "failed: "
}

/// The order to increment one counter from a moment on until another, in nanoseconds of
/// `CLOCK_MONOTONIC_RAW`, which is one clock for all processes.
///
/// All begin at `start`. What is complete by `from` is not counted, nor is what is complete only
/// after `until`, by which time nobody has stopped: between the two all work as they would for ever,
/// and no increment is cut off at an end.
struct CounterWindow: Equatable {
    /// Which of the process's counters.
    let counter: Int
    /// When to begin.
    let start: UInt64
    /// From when on completed increments count.
    let from: UInt64
    /// Until when they do.
    let until: UInt64

    /// The order as a line.
    var line: String { "\(counter) \(start) \(from) \(until)" }
}

extension CounterWindow {
    /// Reads an order's line; `nil` when it is none.
    init?(line: String) {
        let words = line.split(separator: " ")
        let numbers = words.compactMap { UInt64($0) }
        guard words.count == 4, numbers.count == 4, let counter = Int(exactly: numbers[0]),
            numbers[1] <= numbers[2], numbers[2] < numbers[3]
        else { return nil }
        self.init(counter: counter, start: numbers[1], from: numbers[2], until: numbers[3])
    }
}

/// What a process did in a window.
struct CounterReport: Equatable {
    /// Increments that were complete within the window.
    let increments: UInt64
    /// How long after the order's start the first increment began, in nanoseconds.
    let lateness: UInt64
    /// Time that the process spent on processors, in nanoseconds, of `elapsed`.
    let busy: UInt64
    /// From the first counted increment to the end, in nanoseconds.
    let elapsed: UInt64

    /// The share of the time that the process spent on processors.
    var share: Double { elapsed > 0 ? Double(busy) / Double(elapsed) : 0 }

    /// The report as a line.
    var line: String { "\(increments) \(lateness) \(busy) \(elapsed)" }
}

extension CounterReport {
    /// Reads a report's line; `nil` when it is none.
    init?(line: String) {
        let words = line.split(separator: " ")
        let numbers = words.compactMap { UInt64($0) }
        guard words.count == 4, numbers.count == 4 else { return nil }
        self.init(
            increments: numbers[0], lateness: numbers[1], busy: numbers[2], elapsed: numbers[3])
    }
}
