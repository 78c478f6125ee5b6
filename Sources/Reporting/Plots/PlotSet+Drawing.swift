import Foundation
public import Quantities
import Synchronization

extension PlotSet {
    /// Writes `NAME.gp` and `NAME.dat` of each picture into `directory`, which is made when it is
    /// not there; the directory around it must be.
    public func write(to directory: String) throws(ReportingError) {
        try TextFile.makeDirectory(directory)
        for plot in plots {
            try TextFile.write(plot.data, to: "\(directory)/\(plot.picture.name).dat")
            try TextFile.write(plot.script, to: "\(directory)/\(plot.picture.name).gp")
        }
    }

    /// Those that have to be drawn: whose data or script in `directory` is not what it would be now, or of
    /// whose files one is not what it was when all were drawn. Of the others drawing would make the same
    /// once more.
    ///
    /// - Parameter isAsDrawn: whether the file of this name in `directory` is what it was when its picture
    ///   was drawn to the end. Asked for data and scripts as well: those may have been written anew by
    ///   someone who did not get as far as drawing.
    public func stale(in directory: String, isAsDrawn: (String) -> Bool) -> PlotSet {
        func isThere(_ text: String, _ name: String) -> Bool {
            FileManager.default.contents(atPath: "\(directory)/\(name)") == Data(text.utf8)
        }
        return PlotSet(
            plots: plots.filter { plot in
                let name = plot.picture.name
                let isCurrent =
                    isThere(plot.data, "\(name).dat") && isThere(plot.script, "\(name).gp")
                    && ["dat", "gp", "svg", "png"].allSatisfy { isAsDrawn("\(name).\($0)") }
                return !isCurrent
            })
    }

    /// Draws the pictures whose scripts `write(to:)` put into `directory`: `NAME.svg` and
    /// `NAME.png` of each, several at a time where there are processors for it.
    ///
    /// A process draws several pictures, since starting one takes nearly as long as drawing one.
    ///
    /// - Parameters:
    ///   - gnuplot: the program.
    ///   - limit: the time that one picture may take.
    ///   - shouldStop: asked every few milliseconds, by several threads; when true drawing ends with
    ///     `stopped`.
    /// - Throws: the first failure, in the order of the pictures; those after it may be missing.
    public func draw(
        in directory: String, with gnuplot: Gnuplot, limit: Nanoseconds = .seconds(60),
        shouldStop: @escaping @Sendable () -> Bool = { false }
    ) throws(ReportingError) {
        let failures = Mutex<[Int: ReportingError]>([:])
        let scripts = plots.map { "\($0.picture.name).gp" }
        let batch = PlotSet.batch(of: scripts.count)
        let starts = Array(stride(from: 0, to: scripts.count, by: batch))
        DispatchQueue.concurrentPerform(iterations: starts.count) { index in
            // What failed once fails often: the others need not be tried.
            guard failures.withLock({ $0.isEmpty }) else { return }
            let start = starts[index]
            let own = Array(scripts[start..<min(start + batch, scripts.count)])
            do throws(ReportingError) {
                try PlotSet.draw(
                    own, in: directory, with: gnuplot, limit: limit, shouldStop: shouldStop)
            } catch {
                failures.withLock { $0[index] = error }
            }
        }
        if let first = failures.withLock({ $0.min { $0.key < $1.key } }) { throw first.value }
    }

    /// How many of `count` pictures a process draws: few enough that there is work for all processors to the end.
    private static func batch(of count: Int) -> Int {
        min(max(count / (8 * ProcessInfo.processInfo.activeProcessorCount), 1), 24)
    }

    /// Draws by one process; where that fails, by one for each picture, so that the right one is named.
    private static func draw(
        _ scripts: [String], in directory: String, with gnuplot: Gnuplot, limit: Nanoseconds,
        shouldStop: () -> Bool
    ) throws(ReportingError) {
        do throws(ReportingError) {
            try gnuplot.run(
                scripts, in: directory, limit: limit * Double(scripts.count),
                shouldStop: shouldStop)
        } catch {
            if case .stopped = error { throw error }
            for script in scripts {
                try gnuplot.run(script, in: directory, limit: limit, shouldStop: shouldStop)
            }
        }
    }

    /// Begins to draw in the background, and gives what waits for the pictures.
    public func beginDrawing(in directory: String, with gnuplot: Gnuplot) -> Drawing {
        Drawing(of: self, in: directory, with: gnuplot)
    }
}

/// Pictures that are being drawn while the caller does something else.
public final class Drawing: Sendable {
    private let group = DispatchGroup()
    private let failure = Mutex<ReportingError?>(nil)

    fileprivate init(of plots: PlotSet, in directory: String, with gnuplot: Gnuplot) {
        DispatchQueue.global().async(group: group) { [self] in
            do throws(ReportingError) {
                try plots.draw(in: directory, with: gnuplot)
            } catch {
                failure.withLock { $0 = error }
            }
        }
    }

    /// Returns when the last process is done, and throws what `PlotSet.draw` would. May be called again.
    public func finish() throws(ReportingError) {
        group.wait()
        if let failure = failure.withLock({ $0 }) { throw failure }
    }
}
