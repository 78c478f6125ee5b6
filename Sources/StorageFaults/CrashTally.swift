import Glibc
import Synchronization

/// How many crashes subjects have lived through in this process and kept their promises.
///
/// Where `NILOMETER_TEST_CRASHES` names a file, the number is added to it as a line when the process
/// ends: `make torture` has it add up to what it promises.
package enum CrashTally {
    private static let total = Atomic(0)

    /// The crashes so far.
    package static var crashes: Int { total.load(ordering: .relaxed) }

    /// Adds crashes. Any thread.
    static func add(_ crashes: Int) {
        guard crashes > 0 else { return }
        total.add(crashes, ordering: .relaxed)
        _ = registration
    }

    /// Has the number written when the process ends; once.
    private static let registration: Void = {
        guard unsafe getenv(variable) != nil else { return }
        atexit { CrashTally.write() }
    }()

    private static let variable = "NILOMETER_TEST_CRASHES"

    private static func write() {
        // The text is valid until the environment changes, which nobody does at the end.
        guard let path = unsafe getenv(variable) else { return }
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        let line = Array("\(crashes)\n".utf8)
        // The array is held during the call. Who adds up would miss a line that is not there.
        guard file >= 0, unsafe Glibc.write(file, line, line.count) == line.count else {
            unsafe perror(variable)
            _exit(74)
        }
        close(file)
    }
}

/// The crashes of one explorer and its copies: they count when it is over and has found nothing, since
/// those of a subject with a mistake planted in it are no crashes that anything was lived through.
final class CrashCount {
    private let add: (Int) -> Void
    private var crashes = 0
    private var isBroken = false

    /// A count that tells `add` in the end.
    init(adding add: @escaping (Int) -> Void = { CrashTally.add($0) }) { self.add = add }

    deinit { if !isBroken { add(crashes) } }

    /// Takes up what a report has come to since it had `before` crashes.
    func take(_ report: CrashReport, since before: Int) {
        crashes += report.crashes - before
        isBroken = isBroken || report.finding != nil
    }
}
