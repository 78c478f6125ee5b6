import CNilometerShims
import Counters
import Glibc
import Synchronization

/// Two processes that measure in turns: while one runs a round, the other sleeps.
///
/// What the machine does to a process changes within milliseconds (a neighbour on the core's other
/// hardware thread, a virtual core that is moved, a device with a queue), so that two processes one
/// after the other meet two machines. Two that hand over after every round meet one. The turn is a
/// word in a file that both map; waiting for it is a sleep in the kernel.
///
/// Only the process that has the turn may work. It has it from `join` to its first `pass`, and again
/// whenever `pass` returns; a process that never passes measures as a whole, before or after the
/// other. Its end, however it comes, gives the turn to the other for good: the process that started
/// both says so by `end`, since what a process does at its end would disturb the other as well.
public final class ProcessTurns: Sendable {
    /// Where a process finds the turns that it is to take.
    public struct Place: Codable, Sendable, Hashable {
        /// The file that both processes map.
        public let file: String
        /// Which of the two it is: 0 or 1.
        public let number: Int

        /// A place.
        public init(file: String, number: Int) {
            self.file = file
            self.number = number
        }
    }

    /// Why the turns cannot be shared.
    public struct Failure: Error, CustomStringConvertible {
        let operation: String
        let path: String
        let errno: Int32

        /// One line.
        public var description: String {
            // SAFETY: strerror's text is copied at once.
            let reason = unsafe String(cString: strerror(errno))
            return "cannot \(operation) '\(path)', by which two processes take turns: \(reason)"
        }
    }

    /// The file.
    public let file: String
    private let place: Int
    private let words: SharedWords
    /// Nanoseconds that this process slept while the other had the turn.
    private let slept = Atomic<UInt64>(0)
    private let switches = Atomic<Int>(0)

    /// Makes the file `file`, for the process that starts the two.
    public convenience init(making file: String) throws(Failure) {
        try self.init(file, place: 0, flags: O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC)
    }

    /// Takes a place, for one of the two.
    public convenience init(_ place: Place) throws(Failure) {
        try self.init(place.file, place: place.number, flags: O_RDWR | O_CLOEXEC)
    }

    private init(_ file: String, place: Int, flags: Int32) throws(Failure) {
        precondition(place == 0 || place == 1, "there are places 0 and 1, not \(place)")
        self.file = file
        self.place = place
        words = try SharedWords(file, flags: flags)
    }

    // MARK: For the process that starts the two

    /// Prepares for a pair in which `first` begins. Neither may be running.
    public func prepare(first: Int) {
        for number in 0...1 {
            words.store(0, at: .isGone(number))
            words.store(0, at: .rounds(number))
        }
        words.store(UInt32(first), at: .turn)
    }

    /// The place with this number, for the process that is to take it.
    public func place(_ number: Int) -> Place { Place(file: file, number: number) }

    /// Waits until `first` has handed over for the first time, or is gone: from then on the other may
    /// be started. Gives up when `isEnded`, which is asked every 20 ms.
    public func awaitHandOver(from first: Int, orUntil isEnded: () -> Bool) {
        while words.load(.turn) == UInt32(first), words.load(.isGone(first)) == 0, !isEnded() {
            words.sleep(.turn, while: UInt32(first), milliseconds: 20)
        }
    }

    /// Says that a process has ended, however: the other need not wait for it.
    public func end(of number: Int) {
        words.store(1, at: .isGone(number))
        words.wake(.turn)
    }

    /// How often a process has handed over.
    public func rounds(of number: Int) -> Int { Int(words.load(.rounds(number))) }

    // MARK: For the two

    /// Waits for this process's first turn.
    public func join() { awaitTurn() }

    /// Hands over and sleeps until it is this process's turn again; returns at once where the other
    /// is gone.
    public func pass() {
        guard !isAlone else { return }
        words.store(words.load(.rounds(place)) &+ 1, at: .rounds(place))
        let start = TickClock.monotonicRaw()
        let before = EventCounts.currentOfThread()
        words.store(UInt32(1 - place), at: .turn)
        words.wake(.turn)
        awaitTurn()
        slept.wrappingAdd(TickClock.monotonicRaw() - start, ordering: .relaxed)
        let found = EventCounts.currentOfThread().since(before).involuntarySwitches
        switches.wrappingAdd(found, ordering: .relaxed)
    }

    /// Whether the other is gone, so that every turn is this process's.
    public var isAlone: Bool { words.load(.isGone(1 - place)) != 0 }

    /// How long this process has slept in `pass` so far, in nanoseconds.
    public var sleptNanoseconds: Double { Double(slept.load(ordering: .relaxed)) }

    /// How often the kernel took the processor from this process for the one that it had just woken.
    var switchesToHandOver: Int { switches.load(ordering: .relaxed) }

    private func awaitTurn() {
        let own = UInt32(place)
        while words.load(.turn) != own, !isAlone {
            // The end of the other wakes as well; should it come between the two looks and the
            // sleep, the limit bounds what is lost.
            words.sleep(.turn, while: 1 - own, milliseconds: 50)
        }
    }
}

/// The time that a loop has been at work, without what it slept while another process had the turn.
struct MeasuringTime {
    private let clock: TickClock
    private let turns: ProcessTurns?
    private let start: UInt64
    private let slept: Double

    init(_ clock: TickClock, _ turns: ProcessTurns?) {
        self.clock = clock
        self.turns = turns
        slept = turns?.sleptNanoseconds ?? 0
        start = clock.begin()
    }

    var nanoseconds: Double {
        clock.nanoseconds(from: start, to: clock.end())
            - ((turns?.sleptNanoseconds ?? 0) - slept)
    }
}

/// The words in the file that two processes map, each on a cache line of its own.
@safe private final class SharedWords: @unchecked Sendable {
    // Sendable because the memory is only touched through atomics; it is unmapped with the object.
    struct Word {
        let index: Int
        static let turn = Word(index: 0)
        static func isGone(_ number: Int) -> Word { Word(index: 1 + number) }
        static func rounds(_ number: Int) -> Word { Word(index: 3 + number) }
    }

    private static let bytes = 4096
    private let base: UnsafeMutableRawPointer

    init(_ file: String, flags: Int32) throws(ProcessTurns.Failure) {
        // SAFETY: the path is copied during the call.
        let descriptor = unsafe open(file, flags, 0o600)
        guard descriptor >= 0 else {
            throw .init(operation: "open", path: file, errno: errno)
        }
        defer { close(descriptor) }
        // With its block, so that a full disk is an error here and not a signal at the first store.
        let refusal = posix_fallocate(descriptor, 0, off_t(Self.bytes))
        guard refusal == 0 else { throw .init(operation: "extend", path: file, errno: refusal) }
        // SAFETY: a fresh mapping of the file's whole length, which is zeros or what the other
        // process has stored there.
        let found = unsafe mmap(
            nil, Self.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        guard let found = unsafe found, unsafe found != MAP_FAILED else {
            throw .init(operation: "map", path: file, errno: errno)
        }
        unsafe base = found
    }

    deinit {
        // SAFETY: the mapping of `init`; nobody uses it after the object.
        unsafe munmap(base, Self.bytes)
    }

    // SAFETY, of all below: an atomic of 32 bits has the representation of its value, for which
    // mapped memory needs no initialisation; words lie 64 bytes apart within the mapping.

    private func atomic(_ word: Word) -> UnsafeMutablePointer<Atomic<UInt32>> {
        unsafe (base + 64 * word.index).assumingMemoryBound(to: Atomic<UInt32>.self)
    }

    /// Acquiring: pairs with the releasing store below, so that who finds the turn to be its own finds
    /// the rounds as well that were counted before it was handed over.
    func load(_ word: Word) -> UInt32 { unsafe atomic(word).pointee.load(ordering: .acquiring) }

    /// Releasing: pairs with the acquiring load above. No wake-up is lost for want of a fence: the kernel
    /// compares the turn's word with what the sleeper saw, under the lock that a wake takes.
    func store(_ value: UInt32, at word: Word) {
        unsafe atomic(word).pointee.store(value, ordering: .releasing)
    }

    func sleep(_ word: Word, while value: UInt32, milliseconds: Int32) {
        let address = unsafe (base + 64 * word.index).assumingMemoryBound(to: UInt32.self)
        _ = unsafe nilometer_shared_futex_wait(
            address, value, Int64(milliseconds) * 1_000_000)
    }

    func wake(_ word: Word) {
        let address = unsafe (base + 64 * word.index).assumingMemoryBound(to: UInt32.self)
        _ = unsafe nilometer_shared_futex_wake(address, .max)
    }
}
