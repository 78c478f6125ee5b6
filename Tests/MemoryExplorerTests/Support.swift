import Channels
import MemoryExplorer
import Randomness
import Synchronization
import TestSupport

/// Words of four bytes that explored threads share.
@safe
struct Words: @unchecked Sendable {
    // Sendable because they are touched through explored atomics only.
    private let base: UnsafeMutableRawPointer
    private let count: Int

    init(_ count: Int) {
        self.count = count
        unsafe base = .allocate(byteCount: 16 * count, alignment: 16)
        // SAFETY: inside the allocation above.
        for index in 0..<count {
            unsafe ExploredAtomics.initialize(base + 16 * index, to: UInt32(0))
        }
    }

    /// SAFETY (of all uses): inside the allocation, and an atomic by `init`.
    subscript(_ index: Int) -> UnsafeMutableRawPointer {
        precondition((0..<count).contains(index), "word \(index) of \(count)")
        return unsafe base + 16 * index
    }

    /// The second half of a word's 16 bytes: plain memory.
    func plain(_ index: Int) -> UnsafeMutablePointer<Int32> {
        // SAFETY: inside the allocation, behind the four bytes of the atomic.
        unsafe (self[index] + 8).assumingMemoryBound(to: Int32.self)
    }

    func free() {
        // SAFETY: nobody uses the words any more, or the explorer says so.
        unsafe ExploredAtomics.deallocate(base, byteCount: 16 * count)
    }
}

extension Exploration {
    /// Walks through programs that have too many executions: the same in each run of the tests, which is
    /// longer where more rounds are asked for.
    static func walks(_ count: Int) -> Search {
        .random(walks: testRounds(count, share: 1000), seed: Seed(20_170_118))
    }
}

/// What was seen in any of the executions.
final class Seen: Sendable {
    private let outcomes = Mutex<Set<[UInt32]>>([])

    var all: Set<[UInt32]> { outcomes.withLock { $0 } }

    func insert(_ outcome: [UInt32]) {
        outcomes.withLock { _ = $0.insert(outcome) }
    }
}

/// What the threads of one execution leave for its end.
final class Notes: Sendable {
    private let values = Mutex<[Int: UInt32]>([:])

    subscript(_ index: Int) -> UInt32 {
        get { values.withLock { $0[index] ?? .max } }
        set { values.withLock { $0[index] = newValue } }
    }

    /// Notes one more of a kind.
    func count(_ index: Int) {
        values.withLock { $0[index] = ($0[index] ?? 0) + 1 }
    }

    /// How many of a kind were noted.
    func counted(_ index: Int) -> UInt32 { values.withLock { $0[index] ?? 0 } }

    func list(_ count: Int) -> [UInt32] { (0..<count).map { self[$0] } }
}
