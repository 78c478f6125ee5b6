import Glibc
import Hardware
import TestSupport
import Testing

@testable import SharedNothing

/// Bytes.
private struct Bytes: StateSnapshot, Equatable {
    static var snapshotVersion: UInt32 { 1 }

    var values: [UInt8]

    init(count: Int) { values = [UInt8](repeating: 7, count: count) }

    init(snapshot bytes: RawSpan) throws(WireError) {
        values = try bytes.copy(0..<bytes.byteCount)
    }

    func encodeSnapshot(into bytes: inout [UInt8]) { bytes += values }
}

/// Snapshots in files of the system.
@Suite struct SnapshotFileTests {
    private static let stream = MessageStream(identity: 7)

    private static func restored(_ store: inout SnapshotStore) throws -> Bytes? {
        var rejected: [SnapshotRejection] = []
        guard let found = try store.restore(Bytes.self, rejected: &rejected) else { return nil }
        return found.state
    }

    @Test func `a second user of the same snapshots is refused until the first is gone`() throws {
        let directory = TemporaryDirectory()
        let refusal = DurableFileError(
            .lock, directory.file("orders.lock"), SystemError(EWOULDBLOCK))
        do {
            var first = SnapshotStore(directory: directory.path, name: "orders")
            _ = try first.save(Bytes(count: 3), position: 1, in: Self.stream)
            var second = SnapshotStore(directory: directory.path, name: "orders")
            #expect(throws: SnapshotFailure.inaccessible(refusal)) {
                _ = try Self.restored(&second)
            }
            #expect(throws: refusal) {
                _ = try second.save(Bytes(count: 4), position: 2, in: Self.stream)
            }
            // Another name is another matter.
            var other = SnapshotStore(directory: directory.path, name: "items")
            #expect(try Self.restored(&other) == nil)
            #expect(try first.save(Bytes(count: 5), position: 3, in: Self.stream) == 2)
        }
        var next = SnapshotStore(directory: directory.path, name: "orders")
        #expect(try Self.restored(&next) == Bytes(count: 5))
    }

    /// A limit on the size of files, which the kernel keeps to as it does to the end of a disk: a part
    /// is written, and then no more.
    @Test func `a snapshot that finds no room is told, and leaves the one before it`() async {
        await #expect(processExitsWith: .success) {
            // A status a step, for whoever has to find out which one it was.
            do {
                exit(try SnapshotFileTests.firstWrongStep())
            } catch {
                exit(100)
            }
        }
    }

    /// 0 where everything went as it should.
    private static func firstWrongStep() throws -> Int32 {
        let directory = TemporaryDirectory()
        defer { withExtendedLifetime(directory) {} }
        var store = SnapshotStore(directory: directory.path, name: "orders")
        _ = try store.save(Bytes(count: 100), position: 1, in: stream)
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit(rlim_cur: 10_000, rlim_max: 10_000)
        // SAFETY: the limit is read during the call.
        let status = unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        guard status == 0 else { return 1 }
        do throws(DurableFileError) {
            _ = try store.save(Bytes(count: 100_000), position: 2, in: stream)
            return 2
        } catch {
            guard error.operation == .write else { return 3 }
            guard error.error.code == EFBIG else { return error.error.code }
        }
        guard try restored(&store) == Bytes(count: 100) else { return 4 }
        let files = try SystemDurableFiles().list(directory.path)
        if files.contains(where: { $0.hasSuffix(".new") }) { return 5 }
        let next = try store.save(Bytes(count: 200), position: 2, in: stream)
        return next == 2 ? 0 : 6
    }
}
