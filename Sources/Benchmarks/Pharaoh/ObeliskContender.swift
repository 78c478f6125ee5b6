import CNilometerShims
import Hardware
import Measurement
import Pharaoh
import Quantities
import Storage
import Synchronization

/// Ways to get numbers that never repeat out of this process.
enum ObeliskContender: String, CaseIterable {
    /// A file that is extended and synced for each value.
    case each
    /// The same with a single caller, however many the others have: the rate at which the device syncs
    /// a file that grows.
    case alone = "each-alone"
    /// The same, with syncs that callers share.
    case group
    /// The same for callers that are tasks, on the thread that syncs.
    case tasks = "group-tasks"
    /// Values out of memory, reserved when they are used up.
    case reserve
    /// Values out of memory, reserved by a thread when half of them are used up.
    case ahead = "reserve-ahead"
    /// Values out of memory, of which more are reserved while they go faster than syncs.
    case growing = "reserve-growing"
    /// The published algorithm: a byte is appended and synced for each value.
    case append
    /// A counter in memory, which nothing survives.
    case memory

    /// How far a reservation grows.
    static let most: UInt64 = 1 << 22

    /// How many values callers take at a time: single ones where each is a wait.
    private var share: Int {
        switch self {
        case .each, .alone, .group, .tasks, .append: 1
        case .reserve, .ahead, .growing, .memory: 1024
        }
    }

    /// Whether each value is a wait, long enough to be timed alone.
    var isTimedSingly: Bool { share == 1 }

    /// Opens it at `path` for so many callers; `reservation` and `maxDelay` are for those that have
    /// them.
    func open(
        at path: String, callers: Int, units: CPUSet, reservation: UInt64,
        maxDelay: Nanoseconds?
    ) throws -> (turns: any TimedTurns, close: () throws -> Void) {
        switch self {
        case .each: return try shared(.each, path, callers, units)
        case .alone: return try shared(.each, path, 1, units)
        case .group: return try shared(.group(maxDelay: maxDelay), path, callers, units)
        case .tasks: return try awaited(.group(maxDelay: maxDelay), path, callers)
        case .reserve: return try reserved(.values(reservation), path, callers, units)
        case .ahead:
            return try reserved(.values(reservation, ahead: true), path, callers, units)
        case .growing:
            return try reserved(
                .values(reservation, growingTo: max(reservation, Self.most)), path, callers, units)
        case .append: return try appended(path, callers, units)
        case .memory:
            let counter = MemoryCounter()
            let turns = CallerTurns(callers: callers, on: units, share: share) { _, count in
                for _ in 0..<count { nilometer_consume(counter.next()) }
            }
            return (turns, {})
        }
    }

    private func shared(
        _ mode: ObeliskMode, _ path: String, _ callers: Int, _ units: CPUSet
    ) throws -> (any TimedTurns, () throws -> Void) {
        let numbers = try SharedObelisk(path: path, mode: mode, creation: .required)
        let turns = CallerTurns(callers: callers, on: units, share: share) { _, count in
            for _ in 0..<count { nilometer_consume(try numbers.next()) }
        }
        return (turns, { try numbers.close() })
    }

    private func awaited(
        _ mode: ObeliskMode, _ path: String, _ callers: Int
    ) throws -> (any TimedTurns, () throws -> Void) {
        let numbers = try SharedObelisk(path: path, mode: mode, creation: .required)
        let turns = TaskTurns(callers: callers, on: try numbers.executor) {
            nilometer_consume(try await numbers.next())
        }
        return (turns, { try numbers.close() })
    }

    private func reserved(
        _ reservation: ObeliskReservation, _ path: String, _ callers: Int, _ units: CPUSet
    ) throws -> (any TimedTurns, () throws -> Void) {
        guard callers == 1 else {
            return try shared(.reserve(reservation), path, callers, units)
        }
        let held = HeldObelisk(
            try Obelisk(path: path, reserving: reservation, creation: .required))
        let turns = CallerTurns(callers: 1, on: units, share: share) { _, count in
            try held.give(count)
        }
        return (turns, { try held.close() })
    }

    private func appended(
        _ path: String, _ callers: Int, _ units: CPUSet
    ) throws -> (any TimedTurns, () throws -> Void) {
        let file = try SharedAppendFile(
            path: path, options: .init(engine: .portable, creation: .required), durability: .each)
        let byte: [UInt8] = [1]
        let turns = CallerTurns(callers: callers, on: units) { _, count in
            for _ in 0..<count { nilometer_consume(try file.append(byte.span)) }
        }
        return (turns, { try file.close() })
    }

    /// Lets closures hold what cannot be copied.
    private final class HeldObelisk {
        private var numbers: Obelisk?

        init(_ numbers: consuming Obelisk) { self.numbers = consume numbers }

        /// Takes so many values, out of a variable whose state can live in registers.
        func give(_ count: Int) throws {
            guard var local = numbers.take() else { return }
            var problem: ObeliskError?
            do throws(ObeliskError) {
                for _ in 0..<count { nilometer_consume(try local.next()) }
            } catch {
                problem = error
            }
            numbers = consume local
            if let problem { throw problem }
        }

        func close() throws { try numbers.take()?.close() }
    }

    private final class MemoryCounter: Sendable {
        private let value = Atomic<UInt64>(0)
        func next() -> UInt64 { value.wrappingAdd(1, ordering: .relaxed).oldValue }
    }
}
