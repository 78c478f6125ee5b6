import Synchronization

/// The files that a ring has open. Belongs to its ring; what is left open is closed with it.
@safe final class FileTable {
    /// How many files fit.
    let capacity: Int
    private let files: UnsafeMutablePointer<OpenFile>
    /// Which entries of `files` are initialised.
    private let isThere: UnsafeMutablePointer<Bool>
    private var uses: [UInt32]
    private var free: [Int]
    /// What tells this table from all others of the process.
    private let identity = FileTable.identities.wrappingAdd(1, ordering: .relaxed).newValue

    /// Tables made so far.
    private static let identities = Atomic<UInt32>(0)

    /// A table for `capacity` files.
    init(capacity: Int) {
        self.capacity = capacity
        unsafe files = .allocate(capacity: capacity)
        unsafe isThere = .allocate(capacity: capacity)
        unsafe isThere.initialize(repeating: false, count: capacity)
        uses = Array(repeating: 0, count: capacity)
        free = (0..<capacity).reversed()
    }

    deinit {
        // Within the table, and initialised where that is noted. Nobody is left to be told of an error.
        for index in 0..<capacity where unsafe isThere[index] {
            try? unsafe files[index].close()
            unsafe (files + index).deinitialize(count: 1)
        }
        unsafe files.deallocate()
        unsafe isThere.deallocate()
    }

    /// The entry that the next file will have; `nil` when all are taken.
    var nextFree: Int? { free.last }

    /// Puts a file into the entry that was next.
    func add(_ file: OpenFile) -> DataFile {
        guard let index = free.popLast() else { preconditionFailure("no room for a file") }
        uses[index] &+= 1
        // The index came from the free list, so it lies within the table and is not initialised.
        unsafe (files + index).initialize(to: file)
        unsafe isThere[index] = true
        return DataFile(table: identity, index: index, use: uses[index])
    }

    /// Takes a file out.
    func remove(_ index: Int) -> OpenFile {
        check(index)
        unsafe isThere[index] = false
        free.append(index)
        // It was initialised, by the check.
        return unsafe (files + index).move()
    }

    /// The entry of a file; a handle that is of another ring or was closed is a defect of the caller.
    func index(of file: DataFile) -> Int {
        precondition(isOpen(file), "a file that this ring does not have open")
        return file.index
    }

    /// Whether a handle stands for a file of this table.
    func isOpen(_ file: DataFile) -> Bool {
        // An index of this table is within it.
        unsafe file.table == identity && uses[file.index] == file.use && isThere[file.index]
    }

    /// Lets `body` use the file at `index`.
    @inline(__always)
    func with<Value>(_ index: Int, _ body: (inout OpenFile) -> Value) -> Value {
        check(index)
        // It is initialised, by the check.
        return unsafe body(&files[index])
    }

    /// Where the file at `index` is.
    func path(_ index: Int) -> String { with(index) { $0.path } }

    @inline(__always)
    private func check(_ index: Int) {
        // The bound is checked first.
        precondition(
            unsafe index >= 0 && index < capacity && isThere[index], "no file at \(index)")
    }
}
