public import Quantities

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
    /// `NAME.png` of each.
    ///
    /// - Parameters:
    ///   - gnuplot: the program.
    ///   - limit: the time that one picture may take.
    ///   - shouldStop: asked every few milliseconds; when true drawing ends with `stopped`.
    public func draw(
        in directory: String, with gnuplot: Gnuplot, limit: Nanoseconds = .seconds(60),
        shouldStop: () -> Bool = { false }
    ) throws(ReportingError) {
        for plot in plots {
            try gnuplot.run(
                "\(plot.picture.name).gp", in: directory, limit: limit, shouldStop: shouldStop)
        }
    }
}
