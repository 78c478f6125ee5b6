import CNilometerShims
import Channels
import Glibc
import Hardware

/// Shared memory that one process writes and another reads: a page of words, then a ring of bytes.
///
/// ```
///    0  identity       what this is, and how long the ring is
///   16  first ordinal  where the reader begins: the number of the first record,
///   24  first position   and its place
///   32  stream         what the numbers of messages belong to
///  128  tail           bytes that were ever published
///  256  taken          how far this side has read the other lane
///  264  in hand        the number of the message that the owner handles, plus 1; 0 for none
///  384  bell           futex word: rung when there is news
///  388  asleep         what this side sleeps for, or is about to, on the other's bell; or 0
///  392  stopping       1 when no record will follow
/// ```
///
/// The ring is mapped twice in a row, so that a record that wraps round lies in one piece. Nobody
/// writes but the owner; the reader maps it without the right to.
@safe struct SharedLane: ~Copyable {
    /// How many bytes the ring has: a multiple of the page's size.
    let byteCount: Int
    /// The file that is mapped.
    let file: Int32
    private let base: UnsafeMutableRawPointer
    private let headerBytes: Int

    /// The lowest byte rises with every change of the layout.
    private static let identity: UInt64 = 0x656e_616c_6f6c_6902

    /// A new lane, of at least `byteCount` bytes, that this process writes.
    init(atLeast byteCount: Int, name: String) throws(ProcessFailure) {
        let page = SharedLane.pageBytes
        guard byteCount > 0, byteCount <= 1 << 40 else {
            throw .refused(.shareMemory, SystemError(EINVAL))
        }
        let rounded = (byteCount + page - 1) / page * page
        // SAFETY: the name is copied by the kernel.
        let file = unsafe nilometer_shared_file(name, page + rounded)
        guard file >= 0 else { throw .refused(.shareMemory, SystemError(-file)) }
        unsafe base = try Self.map(file, rounded, isWritable: true)
        headerBytes = page
        self.byteCount = rounded
        self.file = file
        unsafe ProcessorAtomics.initialize(word(0), to: Self.identity)
        unsafe ProcessorAtomics.initialize(word(8), to: UInt64(rounded))
        for offset in [16, 24, 32, 128, 256, 264] {
            unsafe ProcessorAtomics.initialize(word(offset), to: UInt64(0))
        }
        for offset in [384, 388, 392] {
            unsafe ProcessorAtomics.initialize(word(offset), to: UInt32(0))
        }
    }

    /// The lane in `file`, which it takes over and closes if it throws; another process, or another
    /// value in this one, made it.
    init(inheriting file: Int32, isWritable: Bool) throws(ProcessFailure) {
        let size = nilometer_shared_file_size(file)
        let page = SharedLane.pageBytes
        guard size >= 2 * page, Int(size) % page == 0 else {
            if file >= 0 { Self.close(file) }
            let code = file < 0 ? -file : size < 0 ? Int32(-size) : EINVAL
            throw .refused(.shareMemory, SystemError(code))
        }
        let count = Int(size) - page
        let mapped = unsafe try Self.map(file, count, isWritable: isWritable)
        // SAFETY: mapped just now, and at least two pages long.
        guard unsafe ProcessorAtomics.loadAcquiring(mapped) == Self.identity,
            unsafe ProcessorAtomics.loadAcquiring(mapped + 8) == UInt64(count)
        else {
            unsafe nilometer_unmap_ring(mapped, page, count)
            Self.close(file)
            throw .refused(.shareMemory, SystemError(EINVAL))
        }
        unsafe base = mapped
        headerBytes = page
        byteCount = count
        self.file = file
    }

    /// Maps the file, or closes it.
    private static func map(
        _ file: Int32, _ byteCount: Int, isWritable: Bool
    ) throws(ProcessFailure) -> UnsafeMutableRawPointer {
        let mapped = unsafe nilometer_map_ring(
            file, pageBytes, byteCount, isWritable ? 1 : 0)
        guard let mapped = unsafe mapped else {
            let error = errno
            close(file)
            throw .refused(.shareMemory, SystemError(error))
        }
        return unsafe mapped
    }

    deinit {
        // SAFETY: mapped in `init`; nobody else has the address.
        unsafe nilometer_unmap_ring(base, headerBytes, byteCount)
        SharedLane.close(file)
    }

    /// The same lane, for reading alone.
    func reader() throws(ProcessFailure) -> SharedLane {
        try SharedLane(inheriting: readOnlyFile(), isWritable: false)
    }

    /// Another descriptor of the lane, for a process that is only to read it; or minus an error
    /// number. The caller closes it.
    func readOnlyFile() -> Int32 { nilometer_shared_file_read_only(file) }

    static func close(_ file: Int32) { _ = Glibc.close(file) }

    private static var pageBytes: Int { sysconf(Int32(_SC_PAGESIZE)) }

    // SAFETY, of all below: the words lie in the header, at offsets that are multiples of their
    // size, and live as long as this value. Those of a lane of another process may hold anything;
    // every pattern of bits is an integer, and what they say is checked where it is used.

    private func word(_ offset: Int) -> UnsafeMutableRawPointer { unsafe base + offset }

    /// The number and the place of the first record: written before the reader exists.
    var beginning: (ordinal: UInt64, position: UInt64) {
        unsafe (
            ProcessorAtomics.loadAcquiring(word(16)), ProcessorAtomics.loadAcquiring(word(24))
        )
    }

    func setBeginning(ordinal: UInt64, position: UInt64) {
        unsafe ProcessorAtomics.storeReleasing(word(16), ordinal)
        unsafe ProcessorAtomics.storeReleasing(word(24), position)
    }

    /// What the numbers of messages belong to: written before the reader exists.
    var stream: UInt64 { unsafe ProcessorAtomics.loadAcquiring(word(32)) }

    func set(stream: UInt64) { unsafe ProcessorAtomics.storeReleasing(word(32), stream) }

    /// Bytes ever published. Acquiring: what was published can then be read.
    var tail: UInt64 { unsafe ProcessorAtomics.loadAcquiring(word(128)) }

    func publish(tail: UInt64) { unsafe ProcessorAtomics.storeReleasing(word(128), tail) }

    /// Bytes of the other lane that the owner has read. Acquiring: what was read can be overwritten.
    var taken: UInt64 { unsafe ProcessorAtomics.loadAcquiring(word(256)) }

    func publish(taken: UInt64) { unsafe ProcessorAtomics.storeReleasing(word(256), taken) }

    /// The number, plus 1, of the message that the owner handles; 0 where it handles none. Stays as
    /// it was when the owner ends.
    var inHand: UInt64 { unsafe ProcessorAtomics.loadAcquiring(word(264)) }

    func publish(inHand: UInt64) { unsafe ProcessorAtomics.storeReleasing(word(264), inHand) }

    /// How often there was news.
    var bell: UInt32 { unsafe ProcessorAtomics.loadAcquiring(word(384)) }

    /// What somebody sleeps for.
    enum Sleep: UInt32 {
        case awake = 0
        case record = 1
        case room = 2
    }

    /// Whether the owner sleeps, or is about to, for this.
    func sleeps(for cause: Sleep) -> Bool {
        unsafe ProcessorAtomics.loadRelaxed(word(388)) == cause.rawValue
    }

    func set(sleep: Sleep) { unsafe ProcessorAtomics.storeRelaxed(word(388), sleep.rawValue) }

    /// Whether no record will follow the tail.
    var isStopping: Bool { unsafe ProcessorAtomics.loadAcquiring(word(392)) != UInt32(0) }

    func setStopping() { unsafe ProcessorAtomics.storeReleasing(word(392), UInt32(1)) }

    /// The owner says that there is news, and wakes whoever sleeps over it.
    func ring() {
        unsafe ProcessorAtomics.storeReleasing(
            word(384), ProcessorAtomics.loadRelaxed(word(384)) &+ UInt32(1))
        _ = unsafe nilometer_shared_futex_wake(word(384).assumingMemoryBound(to: UInt32.self), 1)
    }

    /// Sleeps until the owner rings, unless it has since `bell` was read; at most `nanoseconds`.
    func sleep(while bell: UInt32, atMost nanoseconds: Int64) {
        _ = unsafe nilometer_shared_futex_wait(
            word(384).assumingMemoryBound(to: UInt32.self), bell, nanoseconds)
    }

    /// The `count` bytes of the ring that begin at `position`; at most all of it.
    func bytes(at position: UInt64, count: Int) -> UnsafeMutableRawBufferPointer {
        precondition(
            count >= 0 && count <= byteCount, "\(count) bytes of a ring of \(byteCount)")
        // SAFETY: the remainder is below `byteCount`, and the ring is mapped twice in a row.
        let start = unsafe base + headerBytes + Int(position % UInt64(byteCount))
        return unsafe UnsafeMutableRawBufferPointer(start: start, count: count)
    }
}
