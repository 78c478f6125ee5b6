import Synchronization

/// What all parts of an open key-value store have in common.
final class StoreSetting<Operations: FileOperations & ~Copyable>: Sendable {
    /// Makes operations: `true` for those that appends go through.
    typealias Maker = @Sendable (_ forAppends: Bool) throws(StorageError) -> Operations

    let path: String
    let store: StoreIdentity
    let options: KeyValueStore.Options
    let index: KeyIndex<Operations>
    let make: Maker
    /// Makes the salt of a segment.
    let makeSalt: @Sendable () -> CipherSalt
    /// The number that the next segment gets. An opening uses none twice, so a file that a failure
    /// left behind is in nobody's way; the next opening begins with what the last manifest says, so
    /// a file that it has swept, because no manifest names it, may have had the same.
    private let next: Atomic<UInt64>

    init(
        path: String, store: StoreIdentity, next: UInt64, options: KeyValueStore.Options,
        makeSalt: @escaping @Sendable () -> CipherSalt, make: @escaping Maker
    ) {
        self.path = path
        self.store = store
        self.options = options
        self.make = make
        self.makeSalt = makeSalt
        self.next = Atomic(next)
        index = KeyIndex()
    }

    var cipher: (any RecordCipher)? { options.cipher }

    /// The number that the next segment gets.
    var nextNumber: UInt64 { next.load(ordering: .relaxed) }

    /// A number that no segment has which a manifest names or this opening has made.
    func takeNumber() -> UInt64 { next.wrappingAdd(1, ordering: .relaxed).oldValue }

    /// The path of the segment `number`.
    func path(of number: UInt64) -> String { "\(path)/\(SegmentHeader.name(of: number))" }

    /// Removes the file of a segment that nothing refers to.
    func removeSegment(_ number: UInt64) throws(StorageError) {
        let path = path(of: number)
        let operations = try make(false)
        do throws(StepFailure) {
            try operations.remove(path)
        } catch {
            throw StorageError(error, at: path)
        }
    }

    /// Replaces the manifest by one with these segments.
    func publish(_ segments: [Manifest.Segment]) throws(SmallFile.ReplaceFailure) {
        var manifest = Manifest(store: store, protection: Protection(cipher))
        manifest.next = nextNumber
        manifest.segments = segments
        let operations: Operations
        do throws(StorageError) {
            operations = try make(false)
        } catch {
            throw .unchanged(error)
        }
        try SmallFile.replace(
            "\(path)/\(Manifest.name)", in: path, with: manifest.bytes(cipher: cipher),
            permissions: options.permissions, operations: operations)
    }
}
