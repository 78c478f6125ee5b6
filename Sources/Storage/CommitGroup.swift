import Synchronization

/// Appends that will be written and synced together.
///
/// Everything here is guarded by the queue's lock, but for `buffer` while the group is being
/// committed: then it is its leader's alone. Once `done` is open nothing changes but who has left.
final class CommitGroup {
    /// The bytes of the members, one behind the other.
    var buffer: IOBuffer
    /// How many appends it has gathered.
    private(set) var members = 0
    /// Where the group begins in the file, or why it failed; `nil` until that is known.
    var outcome: Result<UInt64, StorageError>?
    /// Waited for by the members, other than the leader; open when there is an outcome.
    let done = Gate()

    private let capacity: Int
    private let remaining = Atomic(0)

    /// A group for `capacity` bytes.
    init(capacity: Int) {
        self.capacity = capacity
        buffer = IOBuffer(capacity: capacity)
    }

    /// Whether `count` more bytes can be staged. A group of one may be as large as need be.
    func hasRoom(for count: Int) -> Bool { members == 0 || buffer.room >= count }

    /// Takes in one more append and returns where in the group it begins.
    func stage(_ bytes: Span<UInt8>) -> Int {
        precondition(hasRoom(for: bytes.count), "\(bytes.count) bytes do not fit")
        if buffer.room < bytes.count { buffer = IOBuffer(capacity: bytes.count) }
        let position = buffer.count
        buffer.append(bytes)
        members += 1
        remaining.add(1, ordering: .relaxed)
        return position
    }

    /// Notes that one member has seen the outcome; `true` for the last, who may have the group
    /// used again.
    func leave() -> Bool {
        // Releasing what this member has read, and acquiring, for the last one, that all have.
        remaining.subtract(1, ordering: .acquiringAndReleasing).newValue == 0
    }

    /// Makes the group as new.
    func reset() {
        let left = remaining.load(ordering: .relaxed)
        precondition(left == 0, "\(left) members have not seen the outcome")
        members = 0
        done.close()
        outcome = nil
        // One that was enlarged for a single append gives the memory back, and one whose buffer a
        // broken ring has kept gets another.
        if buffer.capacity != capacity { buffer = IOBuffer(capacity: capacity) }
        buffer.removeAll()
    }
}
