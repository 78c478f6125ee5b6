import Quantities
import Randomness
import StorageFaults
import Testing

@testable import Storage

/// What is asked of an object store.
enum ObjectStep: Hashable, Sendable {
    case publish(String, Int)
    case delete(String)
    /// An object is written and given up.
    case abandon(String)
    /// The same as `publish`, and meanwhile somebody else opens the store, and begins another object
    /// if that succeeds.
    case publishBesideIntruder(String, Int)
}

/// What was promised of each name: the numbers of contents, `nil` for none.
struct ObjectPromises: Sendable {
    var next: UInt64 = 1
    var known: [String: UInt64] = [:]
    /// What may be there as well, since nobody was told that it was done.
    var inDoubt: [String: [UInt64?]] = [:]
}

/// An object store with contents that tell what was published.
struct ObjectSubject<Operations: FileOperations & ~Copyable>: CrashSubject, ~Copyable {
    typealias Operation = ObjectStep
    typealias Promises = ObjectPromises
    typealias Failure = StorageError

    private let store: ObjectEngine<Operations>
    private let make: ObjectEngine<Operations>.Maker

    init(_ make: @escaping ObjectEngine<Operations>.Maker) throws(StorageError) {
        self.make = make
        store = try ObjectEngine(
            path: "/objects",
            options: .init(engine: .portable, partSize: ByteCount(512)), make: make)
    }

    mutating func perform(_ operation: ObjectStep, _ ledger: Ledger<ObjectPromises>) {
        switch operation {
        case .publish(let name, let count): publish(name, count, besideIntruder: false, ledger)
        case .publishBesideIntruder(let name, let count):
            publish(name, count, besideIntruder: true, ledger)
        case .delete(let name):
            ledger.promises.inDoubt[name, default: []].append(nil)
            guard let object = try? ObjectName(name, path: "/objects"),
                (try? store.remove(object)) != nil
            else { return }
            ledger.promises.known[name] = nil
            ledger.promises.inDoubt[name] = []
        case .abandon(let name):
            _ = try? write(name, ledger.promises.next, 700)
            ledger.promises.next += 1
        }
    }

    private func publish(
        _ name: String, _ count: Int, besideIntruder: Bool, _ ledger: Ledger<ObjectPromises>
    ) {
        let number = ledger.promises.next
        ledger.promises.next += 1
        ledger.promises.inDoubt[name, default: []].append(number)
        do throws(StorageError) {
            let writing = try write(name, number, count)
            let other = besideIntruder ? intruder() : nil
            try writing.publish()
            withExtendedLifetime(other) {}
        } catch {
            return
        }
        ledger.promises.known[name] = number
        ledger.promises.inDoubt[name] = []
    }

    /// Another opener, if there can be one, who has begun an object.
    private func intruder() -> Intruder? {
        guard let store = try? ObjectSubject(make),
            let writing = try? store.write("another", 1, 1500)
        else { return nil }
        return Intruder(writing)
    }

    /// Whoever is in the store beside its opener.
    private final class Intruder {
        private let writing: ObjectWriting<Operations>

        init(_ writing: consuming ObjectWriting<Operations>) { self.writing = writing }
    }

    private func write(
        _ name: String, _ number: UInt64, _ count: Int
    ) throws(StorageError) -> ObjectWriting<Operations> {
        var writing = try ObjectWriting(ObjectName(name, path: "/objects"), in: store)
        let content = ObjectSubject.content(number, count)
        try writing.write(content.span)
        return writing
    }

    /// The number, and bytes that follow from it.
    private static func content(_ number: UInt64, _ count: Int) -> [UInt8] {
        let head = (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
        let filling = UInt8(truncatingIfNeeded: number &* 37 &+ 1)
        return head + [UInt8](repeating: filling, count: count)
    }

    mutating func audit(_ promises: inout ObjectPromises, after crash: Crash) -> String? {
        do throws(StorageError) {
            var found: [String: UInt64] = [:]
            for name in try store.names() { found[name] = try number(of: name) }
            for name in Set(promises.known.keys).union(promises.inDoubt.keys).union(found.keys)
                .sorted()
            {
                let allowed = [promises.known[name]] + promises.inDoubt[name, default: []]
                guard allowed.contains(found[name]) else {
                    return "\(name) is \(found[name] as Any), and not one of \(allowed)"
                }
            }
            promises.known = found
            promises.inDoubt = [:]
            return nil
        } catch {
            return "it cannot be read: \(error)"
        }
    }

    /// The number of an object's content, which must be whole.
    private func number(of name: String) throws(StorageError) -> UInt64? {
        guard
            var reading = try ObjectReading.open(ObjectName(name, path: "/objects"), in: store)
        else { return nil }
        var content: [UInt8] = []
        while try reading.next({ bytes throws(StorageError) in
            // The span is valid for the call, which copies it.
            unsafe bytes.withUnsafeBufferPointer { unsafe content.append(contentsOf: $0) }
        }) {}
        let number = content.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        // A number that nobody has published is not allowed either.
        return content == ObjectSubject.content(number, content.count - 8) ? number : 0
    }

    consuming func close(_ ledger: Ledger<ObjectPromises>) { try? store.close() }
}

/// An object store that crashes wherever it can.
@Suite struct ObjectCrashTests {
    /// A machine that the store's closure may hold: a test has one thread.
    private struct Machine: @unchecked Sendable {
        // Sendable: nothing leaves the test's thread.
        let files: SimulatedFileSystem
    }

    private func explorer(
        _ defect: PlantedDefect? = nil, limits: FileSystemLimits = FileSystemLimits()
    ) -> CrashExplorer<ObjectSubject<DefectiveOperations>> {
        var start = FileSystemState()
        start.limits = limits
        return CrashExplorer(
            alphabet: [
                .publish("a", 100), .publish("a", 1500), .delete("a"), .abandon("a"),
                .publishBesideIntruder("a", 900),
            ],
            promises: ObjectPromises(), start: start
        ) { machine throws(StorageError) in
            let machine = Machine(files: machine)
            return try ObjectSubject { _ throws(StorageError) in
                DefectiveOperations(defect, on: machine.files)
            }
        }
    }

    @Test func `a name leads to a whole object that was published, wherever it crashes`() {
        let seed = CrashBudget.seed()
        let report = explore(
            explorer(), upTo: CrashBudget.length(2), lives: CrashBudget.times(30),
            seed: seed)
        #expect(report.finding == nil, "NILOMETER_TEST_SEED=\(seed)")
        #expect(report.crashes > 1000)
    }

    @Test func `the same holds on a device that is soon full`() {
        let seed = CrashBudget.seed()
        for blocks: UInt64 in [3, 4, 6] {
            var limits = FileSystemLimits()
            limits.blocks = blocks
            var explorer = explorer(limits: limits)
            explorer.exploreLives(CrashBudget.times(15), crashes: 5, length: 6, seed: seed)
            #expect(explorer.report.finding == nil, "NILOMETER_TEST_SEED=\(seed)")
        }
    }

    @Test(arguments: [
        PlantedDefect.directoryNeverSynced, .acknowledgedBeforeSync, .syncedBeforeWritten,
        .failedSyncIgnored, .failedSyncRetried, .interruptionTakenForSuccess, .fullDiskIgnored,
        .replacedInTwoSteps, .shortWriteTakenForWhole, .lockIgnored,
    ])
    func `a mistake in the file operations is found`(defect: PlantedDefect) {
        var explorer = explorer(defect)
        explorer.exploreFaults(upTo: 1, seed: Seed(6))
        explorer.exploreLives(300, crashes: 5, length: 6, seed: Seed(6))
        #expect(explorer.report.finding != nil, "\(defect) in \(explorer.report.crashes) crashes")
    }
}
