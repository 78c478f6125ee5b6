import Quantities
import Storage
import StorageFaults

@testable import Pharaoh

/// What is asked of a generator, and what its clock does.
enum ScarabStep: Hashable, Sendable {
    /// So many IDs.
    case make(Int)
    /// Time passes, or is set back.
    case step(Int64)
    /// The generator is dropped, and its machine has another.
    case replace
    /// Somebody else opens the lease, which must not succeed.
    case intrude
}

/// Which IDs were made, and what time it is: a crash does not stop the clock.
struct ScarabPromises: Sendable {
    var ids: Set<ScarabID> = []
    var milliseconds = ScarabLayout.standard.epoch + 10_000
    var complaint: String?
}

/// A lease and a generator that are crashed.
struct ScarabSubject: CrashSubject, ~Copyable {
    typealias Operation = ScarabStep
    typealias Promises = ScarabPromises
    typealias Failure = ScarabError

    /// Generators that are known to make IDs twice.
    enum Carelessness: CaseIterable {
        /// A number that runs on through the milliseconds and is cut to its bits, with the time
        /// beside it as the clock has it: what the literature shows.
        case cutNumber
        /// As a generator should be, but with nothing on the device.
        case nothingReserved
        /// When the clock is set back, its time is used.
        case clockBelieved
        /// The number starts again with every call.
        case numberForgotten
        /// The time is reserved when it has been used.
        case reservedAfterwards
    }

    private let lease: ScarabLease
    private let horizon: DurableHorizon<DefectiveOperations>
    private let carelessness: Carelessness?
    private let clock: ScriptedClock
    private let another: () -> DefectiveOperations
    /// Whether the generator is one that threads share.
    private let isShared: Bool
    private var ids: ScarabGenerator<ScriptedClock>?
    private var shared: SharedScarabGenerator<ScriptedClock>?
    private var counter: UInt64 = 0
    private var lastTime: UInt64 = 0

    init(
        carelessness: Carelessness? = nil, isShared: Bool = false,
        _ operations: @escaping () -> DefectiveOperations
    ) throws(ScarabError) {
        let horizon = try Self.horizon(operations())
        let clock = ScriptedClock(0)
        let lease = try ScarabLease(
            limit: carelessness == .nothingReserved ? MemoryLimit() : horizon,
            reached: carelessness == .nothingReserved ? 0 : horizon.position, layout: .standard)
        var ids: ScarabGenerator<ScriptedClock>?
        if !isShared { ids = try Self.generator(lease, clock) }
        let shared = try isShared ? Self.sharedGenerator(lease, clock) : nil
        self.ids = consume ids
        self.shared = shared
        another = operations
        self.isShared = isShared
        self.horizon = horizon
        self.carelessness = carelessness
        self.clock = clock
        self.lease = lease
    }

    private static func generator(
        _ lease: ScarabLease, _ clock: ScriptedClock
    ) throws(ScarabError) -> ScarabGenerator<ScriptedClock> {
        try lease.generator(machines: 1..<2, clock: clock)
    }

    private static func sharedGenerator(
        _ lease: ScarabLease, _ clock: ScriptedClock
    ) throws(ScarabError) -> SharedScarabGenerator<ScriptedClock> {
        try lease.sharedGenerator(machines: 1..<2, clock: clock)
    }

    /// The next ID of the generator, of either kind.
    private mutating func next() throws(ScarabError) -> ScarabID? {
        if isShared { return try shared?.next() }
        return try ids?.next()
    }

    private static func horizon(
        _ operations: consuming DefectiveOperations
    ) throws(ScarabError) -> DurableHorizon<DefectiveOperations> {
        do throws(ObeliskError) {
            return DurableHorizon(
                try ObeliskFile(path: "ids", creation: .init(), operations: operations),
                rule: ScarabLease.rule(window: .milliseconds(256), isAhead: false))
        } catch {
            throw .lease(error)
        }
    }

    mutating func perform(_ operation: ScarabStep, _ ledger: Ledger<ScarabPromises>) {
        switch operation {
        case .make(let count):
            clock.set(ledger.promises.milliseconds)
            for _ in 0..<count { make(ledger) }
            ledger.promises.milliseconds = clock.milliseconds
        case .step(let milliseconds):
            ledger.promises.milliseconds = UInt64(
                Int64(ledger.promises.milliseconds) + milliseconds)
        case .replace:
            ids = nil
            shared = nil
            if isShared {
                shared = try? Self.sharedGenerator(lease, clock)
            } else {
                ids = try? Self.generator(lease, clock)
            }
        case .intrude:
            guard (try? Self.horizon(another())) != nil else { return }
            ledger.promises.complaint = ledger.promises.complaint ?? "two openers at once"
        }
    }

    private mutating func make(_ ledger: Ledger<ScarabPromises>) {
        guard
            let id = carelessness == nil || carelessness == .nothingReserved
                ? try? next() : makeCarelessly()
        else { return }
        if !ledger.promises.ids.insert(id).inserted {
            ledger.promises.complaint = ledger.promises.complaint ?? "\(id) was made twice"
        }
    }

    private mutating func makeCarelessly() -> ScarabID? {
        let layout = ScarabLayout.standard
        var time = clock.milliseconds - layout.epoch
        switch carelessness {
        case .clockBelieved, .numberForgotten:
            counter = time == lastTime && carelessness == .clockBelieved ? counter + 1 : 0
        case .reservedAfterwards:
            time = max(time, lastTime, horizon.position << 6)
            counter = time == lastTime ? counter + 1 : 0
            // Too late: the caller has the ID by the time that this fails.
            try? horizon.cover(time >> 6)
        default: counter += 1
        }
        lastTime = time
        return layout.id(
            of: ScarabFields(time: time, machine: 1, sequence: Int(counter & 8191)))
    }

    mutating func audit(_ promises: inout ScarabPromises, after crash: Crash) -> String? {
        let ledger = Ledger(promises)
        let before = promises.ids.count
        // The clock may have been set back by more than a generator waits.
        for _ in 0..<40 where ledger.promises.ids.count == before {
            perform(.make(2), ledger)
            perform(.step(500), ledger)
        }
        promises = ledger.promises
        if let complaint = promises.complaint { return complaint }
        return promises.ids.count == before ? "it makes no ID" : nil
    }

    consuming func close(_ ledger: Ledger<ScarabPromises>) { try? horizon.close() }
}
