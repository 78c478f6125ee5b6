import Glibc
import SharedNothing

/// A parent of a worker's process, for the test that kills it: writes both numbers to the standard
/// output, and waits to be killed.
enum ProbeParent {
    static func run(_ arguments: [String]) {
        guard arguments == ["parent"] else { exit(64) }
        do throws(ProcessFailure) {
            var host = try ProcessHost<String, String>(worker: "probe")
            guard try host.awaitStart(until: .none) else { exit(70) }
            _ = try host.trySend("hang")
            let line = Array("\(getpid()) \(host.process)\n".utf8)
            // SAFETY: the array is held during the call. A short write fails the test.
            _ = unsafe line.withUnsafeBytes { unsafe write(1, $0.baseAddress, $0.count) }
            // Nothing will come. A host that is not used again would be dropped here.
            while true { _ = try host.receive(until: .none) }
        } catch {
            exit(70)
        }
    }
}
