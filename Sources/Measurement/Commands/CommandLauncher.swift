import CNilometerShims
import Glibc
import Quantities

/// Starts programs from a small process and waits for them in this one.
///
/// See `nilometer_launcher.h` for why: started from here, no program's peak memory would read less
/// than this process's. When this process ends, however it ends, the launcher ends the program that
/// runs, with the whole of its process group.
///
/// One run at a time, from one thread.
@safe public final class CommandLauncher {
    /// Why a program could not be started.
    public struct Failure: Error, CustomStringConvertible {
        /// What was tried.
        public let operation: String
        /// The error number.
        public let errno: Int32
        /// One line.
        public var description: String {
            // SAFETY: strerror's text is copied at once.
            "cannot \(operation): \(unsafe String(cString: strerror(errno)))"
        }
    }

    /// The variable whose length is drawn anew for every run.
    ///
    /// The size of the environment moves the stack, and with it a program's speed: Mytkowicz,
    /// Diwan, Hauswirth and Sweeney, "Producing wrong data without doing anything obviously
    /// wrong!", ASPLOS 2009. A length for all runs would measure one layout.
    public static let paddingVariable = "NILOMETER_PADDING"
    /// One more than the longest padding, in bytes: a page.
    public static let paddingLengths: UInt64 = 4096

    private static let tailCapacity = 4096

    private var launcher = unsafe nilometer_launcher()
    private let keepsErrors: Bool
    /// Peak memory in bytes that the launcher adds below every program's: no smaller peak can be
    /// told.
    public let level: Double

    /// A launcher. With `keepingErrors` each run brings the end of its error output, at a cost in
    /// time; without, programs' error output leads nowhere, as their standard output always does.
    ///
    /// With `adopting` this process adopts what programs orphan, and after every run ends all its
    /// children but the launcher, those too that have left the program's process group (`setsid`).
    /// Only for a process that has no other children while the launcher is there.
    public init(keepingErrors: Bool = false, adopting: Bool = false) throws(Failure) {
        keepsErrors = keepingErrors
        // SAFETY: the structure is this object's own; `deinit` closes what was opened.
        let result = unsafe nilometer_launcher_open(
            &launcher, keepingErrors ? 1 : 0, adopting ? 1 : 0)
        guard result == 0 else { throw Failure(operation: "start a launcher", errno: -result) }
        // SAFETY: the launcher is open.
        let kibibytes = unsafe nilometer_launcher_level(&launcher)
        guard kibibytes >= 0 else {
            // SAFETY: an initialiser that throws here has no `deinit` run for it.
            unsafe nilometer_launcher_close(&launcher)
            throw Failure(operation: "measure the launcher", errno: Int32(-kibibytes))
        }
        level = Double(kibibytes) * 1024
    }

    deinit {
        // SAFETY: opened in `init`; nobody else has it.
        unsafe nilometer_launcher_close(&launcher)
    }

    /// The launcher's own process, for perf events that programs inherit.
    var process: Int32 { unsafe launcher.process }

    /// Binds the programs that follow to `processingUnits`.
    public func bind(to processingUnits: [Int]) throws(Failure) {
        var mask = [UInt8](repeating: 0, count: (processingUnits.max() ?? 0) / 8 + 1)
        // The kernel reads whole words.
        mask += [UInt8](repeating: 0, count: (8 - mask.count % 8) % 8)
        for unit in processingUnits { mask[unit / 8] |= 1 << UInt8(unit % 8) }
        // SAFETY: the mask is copied during the call.
        let result = unsafe nilometer_launcher_bind(&launcher, mask, mask.count)
        guard result == 0 else {
            throw Failure(operation: "bind to processing units \(processingUnits)", errno: -result)
        }
    }

    /// Runs `program` to its end: without input, its output leading nowhere.
    ///
    /// - Parameters:
    ///   - padding: the length of ``paddingVariable``; `nil` leaves the variable out.
    ///   - limit: after this time the program is killed, with its process group and what it left
    ///     behind elsewhere, where this launcher adopts that.
    public func run(
        _ program: CommandProgram, padding: Int?, limit: Nanoseconds, clock: TickClock
    ) throws(Failure) -> CommandRun {
        try load(program, padding: padding)
        var end = nilometer_program_end()
        var length = 0
        let milliseconds = Int64(min(limit.rawValue / 1e6, 1e15).rounded(.up))
        let usesTicks = clock.calibration.source == .timeStampCounter
        var tail = [CChar](repeating: 0, count: keepsErrors ? Self.tailCapacity : 0)
        // SAFETY: all pointers outlive the call; the tail has the capacity that is said.
        let result = unsafe nilometer_launcher_run(
            &launcher, milliseconds, usesTicks ? 1 : 0, &end, &tail, tail.count, &length)
        guard result == 0 else {
            throw Failure(operation: "start '\(program.path)'", errno: -result)
        }
        let text = String(
            decoding: tail.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return CommandRun(end, clock: clock, errors: text)
    }

    private func load(_ program: CommandProgram, padding: Int?) throws(Failure) {
        let extra = padding.map {
            Self.paddingVariable + "=" + String(repeating: "x", count: $0)
        }
        var words = unsafe program.arguments.map { unsafe strdup($0) }
        unsafe words.append(nil)
        defer { unsafe words.forEach { unsafe free($0) } }
        // SAFETY: everything is copied during the call; the lists end with nil.
        let result = unsafe nilometer_launcher_load(
            &launcher, program.path, words, environ, extra)
        guard result == 0 else {
            throw Failure(operation: "pass the arguments of '\(program.path)'", errno: -result)
        }
    }
}
