/// What can go wrong while reports are written and pictures drawn.
public enum ReportingError: Error, Equatable, CustomStringConvertible {
    /// There is no `gnuplot` in any directory of the search path.
    case gnuplotMissing(searchPath: String)
    /// A file could not be written.
    case cannotWrite(path: String, errno: Int32, reason: String)
    /// gnuplot could not be started.
    case cannotStart(program: String, reason: String)
    /// gnuplot ended with an error; `message` is the end of what it said.
    case drawingFailed(script: String, status: String, message: String)
    /// gnuplot took longer than it may.
    case drawingTooSlow(script: String, limit: String)
    /// The caller asked to stop.
    case stopped(script: String)

    /// One line.
    public var description: String {
        switch self {
        case .gnuplotMissing(let searchPath):
            "gnuplot is not installed: apt install gnuplot-nox (looked in PATH '\(searchPath)')"
        case .cannotWrite(let path, _, let reason): "cannot write '\(path)': \(reason)"
        case .cannotStart(let program, let reason): "cannot start '\(program)': \(reason)"
        case .drawingFailed(let script, let status, let message):
            "gnuplot failed on '\(script)' with \(status): \(message)"
        case .drawingTooSlow(let script, let limit):
            "gnuplot took longer than \(limit) for '\(script)' and was ended"
        case .stopped(let script): "drawing was stopped at '\(script)'"
        }
    }
}
