import CNilometerShims
import Counters
import Glibc
import Hardware
import Measurement
import Synchronization

/// Work that makes a known number of one event.
struct KnownWork {
    /// What counts it.
    let counter: CounterName
    /// Through which source.
    let source: CalibrationSource
    /// The same from `getrusage`, where that counts it too.
    let usage: ((EventCounts) -> Int)?
    /// The number.
    let answer: KnownAnswer.Condition
    /// Where it comes from.
    let reason: String
    /// Does the work once.
    let run: () throws -> Void

    /// All sources that are asked, whether or not they can count here.
    var sources: [CalibrationSource] { usage == nil ? [source] : [source, .usage] }

    /// All of them, in the sizes that the parameters give.
    static func all(in context: ForkContext) throws -> [KnownWork] {
        [
            faults(pages: context.integer("pages")),
            switches(sleeps: context.integer("sleeps")),
            increments(context.integer("increments")),
            loop("PAPI_TOT_INS", 2, iterations: context.integer("iterations")),
            loop("PAPI_BR_INS", 1, iterations: context.integer("iterations")),
        ]
    }

    private static func exactly(_ count: Int) -> KnownAnswer.Condition {
        .within(low: Double(count), high: Double(count))
    }

    private static func faults(pages: Int) -> KnownWork {
        KnownWork(
            counter: .software(.minorFaults), source: .perf, usage: { $0.minorFaults },
            answer: exactly(pages),
            reason: "\(pages) pages of fresh memory, touched once each, none of them huge"
        ) { try touch(pages: pages) }
    }

    private static func touch(pages: Int) throws {
        let size = Int(sysconf(Int32(_SC_PAGESIZE)))
        let length = pages * size
        // SAFETY: a mapping of its own, which is given back below.
        let memory = unsafe mmap(
            nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let memory = unsafe memory, unsafe memory != MAP_FAILED else {
            throw SystemError(errno)
        }
        defer { unsafe munmap(memory, length) }
        // A kernel without huge pages refuses, and has none to be kept from.
        _ = unsafe madvise(memory, length, MADV_NOHUGEPAGE)
        for page in 0..<pages {
            // SAFETY: within the mapping.
            unsafe memory.storeBytes(of: 1, toByteOffset: page * size, as: UInt8.self)
        }
    }

    private static func switches(sleeps: Int) -> KnownWork {
        KnownWork(
            counter: .software(.contextSwitches), source: .perf,
            // The kernel's event counts those that were forced as well.
            usage: { $0.voluntarySwitches },
            answer: .within(low: Double(sleeps), high: Double(sleeps) * 1.5 + 2),
            reason: "\(sleeps) sleeps, for each of which the thread is switched away from; more "
                + "where it was taken off its processor besides"
        ) {
            for _ in 0..<sleeps { usleep(50) }
        }
    }

    private final class Count: Sendable {
        let value = Atomic<UInt64>(0)
    }

    private static func increments(_ increments: Int) -> KnownWork {
        let count = Count()
        let published = EngineCounter.calibrationIncrements.publish {
            count.value.load(ordering: .acquiring)
        }
        return KnownWork(
            counter: EngineCounter.calibrationIncrements.name, source: .sde, usage: nil,
            answer: exactly(increments), reason: "\(increments) increments"
        ) {
            withExtendedLifetime(published) {
                for _ in 0..<increments { count.value.wrappingAdd(1, ordering: .relaxed) }
            }
        }
    }

    private static func loop(_ preset: String, _ perTurn: Int, iterations: Int) -> KnownWork {
        let expected = Double(iterations * perTurn)
        let tolerance = CounterValidation.tolerance
        return KnownWork(
            counter: .preset(preset), source: .papi, usage: nil,
            answer: .within(low: expected * (1 - tolerance), high: expected * (1 + tolerance)),
            reason: "\(iterations) turns of a loop of two instructions, one of them a branch, and "
                + "1 % for the calls around it"
        ) { _ = nilometer_known_loop(UInt64(iterations)) }
    }
}
