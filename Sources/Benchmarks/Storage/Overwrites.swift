import CNilometerShims
import Glibc
import Measurement
import Storage

/// Overwrites in place, each with its sync, of a file that was filled before: what the device takes
/// when nothing but data changes. The floor of a durable append.
final class Overwrites: MeasuredBody {
    /// What the kernel refused.
    struct Refused: Error, CustomStringConvertible {
        let path: String
        let error: ErrorNumber
        var description: String { "\(path) cannot be overwritten and synced: \(error)" }
    }

    /// How long the file is: overwrites go on from its beginning when they reach its end.
    private static let size = 16 << 20

    private let path: String
    private let descriptor: Int32
    private let record: [UInt8]
    private var offset = 0

    /// Creates the file at `path`, which must not be there, and fills and syncs it; overwrites are
    /// of `payload` bytes.
    init(path: String, payload: Int) throws {
        precondition(
            (1...Overwrites.size).contains(payload), "\(payload) bytes do not fit into the file")
        // The path is copied by the kernel during the call.
        let opened = unsafe nilometer_overwrite_open(path, Int64(Overwrites.size))
        guard opened >= 0 else { throw Refused(path: path, error: ErrorNumber(code: -opened)) }
        self.path = path
        descriptor = opened
        record = AppendContender.record(of: payload)
    }

    // Opened in `init`, owned by this object alone.
    deinit { close(descriptor) }

    /// Overwrites and syncs `iterations` times.
    func run(iterations: Int) throws {
        for _ in 0..<iterations {
            if offset + record.count > Overwrites.size { offset = 0 }
            // The bytes stay valid during the call, which copies them.
            let error = unsafe record.withUnsafeBytes { bytes in
                unsafe nilometer_overwrite_sync(
                    descriptor, bytes.baseAddress, bytes.count, Int64(offset))
            }
            guard error == 0 else { throw Refused(path: path, error: ErrorNumber(code: error)) }
            offset += record.count
        }
    }
}
