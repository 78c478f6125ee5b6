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

    /// Draws the pictures whose scripts `write(to:)` put into `directory`: `NAME.svg` and
    /// `NAME.png` of each, several at a time where there are processors for it.
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
        let names = plots.map(\.picture.name)
        DispatchQueue.concurrentPerform(iterations: names.count) { index in
            // What failed once fails often: the others need not be tried.
            guard failures.withLock({ $0.isEmpty }) else { return }
            do throws(ReportingError) {
                try gnuplot.run(
                    "\(names[index]).gp", in: directory, limit: limit, shouldStop: shouldStop)
            } catch {
                failures.withLock { $0[index] = error }
            }
        }
        if let first = failures.withLock({ $0.min { $0.key < $1.key } }) { throw first.value }
    }
}
