import Glibc
import Hardware
import Synchronization

/// A count of one counter over a window.
public struct CounterReading: Codable, Hashable, Sendable {
    /// Which thread was counted.
    public enum Counted: String, Codable, Sendable {
        /// The thread that measures.
        case measuring
        /// Its partner on the other core.
        case partner
        /// All threads of the process.
        case all
    }

    /// The counter.
    public let name: CounterName
    /// Whose events.
    public let thread: Counted
    /// How many; nanoseconds for clocks.
    public let count: Double

    /// A count.
    public init(_ name: CounterName, _ thread: Counted, _ count: Double) {
        self.name = name
        self.thread = thread
        self.count = count
    }
}

/// The counters of one thread, between one moment and another.
///
/// Each name is counted by the first that can: the processor through PAPI for presets and native
/// events, the kernel for its software events, PAPI's software-defined events for what the engine
/// publishes. What nobody can count has no reading, and its reason is in `absences`.
///
/// Hardware events that do not fit the hardware at once are counted in turns, round by round
/// (see `mark(turn:)`): no count is an estimate.
///
/// @unchecked Sendable: every use checks that it is made by the thread that made the object.
public final class ThreadCounters: @unchecked Sendable {
    /// PAPI looks names up in tables of its own: one thread at a time.
    private static let opening = Mutex(())

    private let owner = pthread_self()
    private let thread: CounterReading.Counted
    private var lanes: [CounterLane] = []
    private let published: PublishedGroup?
    private var refused: [(name: CounterName, reason: String)] = []

    /// What is counted, but not all of what its name says.
    public private(set) var remarks: [(name: CounterName, remark: String)] = []

    /// Counters of the calling thread.
    ///
    /// - Parameters:
    ///   - names: what to count.
    ///   - thread: what the readings say of the thread. For `all`, threads that are started later
    ///     are counted too, and only software events are.
    ///   - validation: asked for when there are events of the processor among the names.
    public init(
        _ names: [CounterName], of thread: CounterReading.Counted = .measuring,
        validation: () -> CounterValidation = { .ofThisMachine }
    ) {
        self.thread = thread
        let events = names.compactMap { name in
            if case .software(let event) = name { event } else { nil }
        }
        let software = SoftwareGroup(
            events, scope: thread == .all ? .threadAndWhatItStarts : .thread)
        refused = software.refused
        remarks = software.remarks
        if !software.members.isEmpty { lanes.append(CounterLane([software])) }
        // What the engine publishes belongs to the process: it is read once, not by every thread.
        let publications = names.filter { if case .published = $0 { true } else { false } }
        published =
            publications.isEmpty || thread != .measuring ? nil : PublishedGroup(publications)
        guard thread != .all else { return }
        let hardware = names.filter {
            switch $0 {
            case .preset, .native: true
            case .software, .published: false
            }
        }
        ThreadCounters.opening.withLock { _ in openHardware(hardware, validation) }
    }

    /// A moment from which to count.
    public struct Mark {
        let lanes: [CounterLane.Mark?]
        let published: [Int64?]
    }

    /// Reads all counters.
    ///
    /// - Parameter turn: the number of the round of windows that is under way, which says which of
    ///   the groups of events that exclude each other counts; without one, what runs runs on.
    public func mark(turn: Int? = nil) -> Mark {
        checkThread()
        if let published, published.isWaiting {
            ThreadCounters.opening.withLock { _ in published.adopt() }
        }
        return Mark(
            lanes: lanes.map { $0.mark(turn: turn) }, published: published?.read() ?? [])
    }

    /// What was counted since `mark`. An event that was not counted for all of that time is not
    /// among the readings.
    public func counts(since mark: Mark) -> [CounterReading] {
        checkThread()
        var readings: [CounterReading] = []
        // Lanes first: what follows must not be counted by them.
        for (lane, start) in zip(lanes, mark.lanes) {
            readings += lane.counts(since: start).map {
                CounterReading($0.name, thread, Double($0.count))
            }
        }
        guard let published else { return readings }
        // A counter published after the mark has counted from 0 since.
        for (index, (name, value)) in zip(published.members, published.read()).enumerated() {
            guard let value else { continue }
            let start = index < mark.published.count ? mark.published[index] : 0
            if let start { readings.append(CounterReading(name, thread, Double(value - start))) }
        }
        return readings
    }

    /// What could not be counted up to now, and why, in the words of who refuses.
    public var absences: [(name: CounterName, reason: String)] {
        refused + lanes.flatMap(\.refused) + (published?.absences ?? [])
    }

    private func checkThread() {
        precondition(
            pthread_equal(owner, pthread_self()) != 0,
            "counters of one thread were read by another")
    }

    private func openHardware(
        _ names: [CounterName], _ validation: () -> CounterValidation
    ) {
        guard !names.isEmpty else { return }
        if case .failure(let refusal) = PapiLibrary.version {
            refused += names.map { ($0, "PAPI: \(refusal)") }
            return
        }
        let validation = validation()
        var byComponent: [(component: Int, groups: [PapiGroup])] = []
        for name in names {
            do {
                let component = try component(of: name, validation)
                let index =
                    byComponent.firstIndex { $0.component == component } ?? byComponent.count
                if index == byComponent.count { byComponent.append((component, [])) }
                try ThreadCounters.place(name, in: &byComponent[index].groups)
            } catch {
                refused.append((name, error.description))
            }
        }
        lanes += byComponent.filter { !$0.groups.isEmpty }.map { CounterLane($0.groups) }
    }

    /// The component that counts `name`; throws where that is known to be in vain.
    private func component(
        of name: CounterName, _ validation: CounterValidation
    ) throws(CounterRefusal) -> Int {
        let code: Int32
        switch CounterLibrary.code(of: name.description) {
        case .success(let known): code = known
        case .failure(let refusal): throw ThreadCounters.refusal("PAPI: \(refusal)", of: name)
        }
        let component = CounterLibrary.component(of: code)
        // Component 0 is the processor.
        if component == 0, let reason = validation.reason(against: name.description) {
            throw CounterRefusal(reason)
        }
        return component
    }

    /// Adds `name` to the last of `groups` if it fits the hardware together with what is there,
    /// and begins another group otherwise.
    private static func place(
        _ name: CounterName, in groups: inout [PapiGroup]
    ) throws(CounterRefusal) {
        if let last = groups.last, (try? last.add(name)) != nil { return }
        groups.append(try hardwareGroup(name))
    }

    /// A group of one event of the processor.
    static func hardwareGroup(_ name: CounterName) throws(CounterRefusal) -> PapiGroup {
        let group = try PapiGroup()
        do {
            try group.add(name)
        } catch {
            throw refusal(error.description, of: name)
        }
        return group
    }

    /// A refusal with what the component says of itself: the one that a native event's name begins
    /// with, or the processor's.
    private static func refusal(_ words: String, of name: CounterName) -> CounterRefusal {
        let prefix = name.description.split(separator: ":").first
        let component = CounterLibrary.components.firstIndex { $0.name == prefix ?? "" } ?? 0
        let more = CounterLibrary.reason(against: component).map { "; \($0)" } ?? ""
        return CounterRefusal(words + more)
    }
}
