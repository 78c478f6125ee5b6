import Foundation
import Quantities
import Runs
import Testing

@testable import Reporting

@Suite struct GnuplotTests {
    private func withDirectory(_ body: (String) throws -> Void) throws {
        let directory = "\(NSTemporaryDirectory())/gnuplot-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body(directory)
    }

    private func small() -> PlotSet {
        var run = SampleRun()
        run.addBalance()
        run.addVerdicts()
        return PlotSet(
            manifest: run.manifest, machine: SampleRun.machine[0], figures: run.figures,
            samples: [], distributions: [:], verdicts: run.verdicts)
    }

    private func write(_ text: String, _ path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    private func contents(_ path: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: path))
    }

    /// Runs `command` in a shell and gives its exit status.
    private func shell(_ command: String) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command]
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    @Test(arguments: ["", "/nowhere:/neither"])
    func `a missing gnuplot is named with the way to get it`(path: String) {
        #expect(throws: ReportingError.gnuplotMissing(searchPath: path)) {
            try Gnuplot(searchPath: path)
        }
        #expect(
            ReportingError.gnuplotMissing(searchPath: path).description.hasPrefix(
                "gnuplot is not installed: apt install gnuplot-nox"))
    }

    @Test func `only what is not as it was drawn is drawn again`() throws {
        try withDirectory { directory in
            let set = small()
            let names = set.pictures.map(\.name)
            try #require(names.count > 1)
            #expect(set.stale(in: directory) { _ in true }.pictures.map(\.name) == names)
            try set.write(to: directory)
            #expect(set.stale(in: directory) { _ in true }.pictures.isEmpty)
            for ending in ["dat", "gp", "svg", "png"] {
                // Of this file the sum is not what it was, as of data that were written and not drawn.
                let stale = set.stale(in: directory) { $0 != "\(names[1]).\(ending)" }
                #expect(stale.pictures.map(\.name) == [names[1]])
            }
            for ending in ["dat", "gp"] {
                let path = "\(directory)/\(names[0]).\(ending)"
                let text = try contents(path)
                try write("other", path)
                #expect(
                    set.stale(in: directory) { _ in true }.pictures.map(\.name) == [names[0]])
                try text.write(to: URL(fileURLWithPath: path))
            }
        }
    }

    @Test func `a script that fails is named with what gnuplot says`() throws {
        try withDirectory { directory in
            try write("plot nonsense(", "\(directory)/bad.gp")
            let error = #expect(throws: ReportingError.self) {
                try Gnuplot().run("bad.gp", in: directory)
            }
            let text = error?.description ?? ""
            #expect(text.hasPrefix("gnuplot failed on 'bad.gp' with status 1: "))
            #expect(!text.contains("\n"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["bad.gp"])
        }
    }

    @Test func `a script that does not end is ended`() throws {
        try withDirectory { directory in
            try write("while (1) { x = 1 }", "\(directory)/slow.gp")
            #expect(throws: ReportingError.drawingTooSlow(script: "slow.gp", limit: "50 ms")) {
                try Gnuplot().run("slow.gp", in: directory, limit: .milliseconds(50))
            }
            #expect(throws: ReportingError.stopped(script: "slow.gp")) {
                try Gnuplot().run("slow.gp", in: directory, shouldStop: { true })
            }
        }
    }

    @Test func `a directory that cannot be written is named`() {
        #expect(
            throws: ReportingError.cannotWrite(
                path: "/proc/nilometer/plots", errno: ENOENT, reason: "No such file or directory")
        ) {
            try small().write(to: "/proc/nilometer/plots")
        }
    }

    @Test func `a file that cannot be replaced is left as it was`() throws {
        try withDirectory { directory in
            let path = "\(directory)/there"
            try TextFile.write("old", to: path)
            try TextFile.write("new µ", to: path)
            #expect(try contents(path) == Data("new µ".utf8))
            try FileManager.default.createDirectory(
                atPath: "\(directory)/folder/inside", withIntermediateDirectories: true)
            #expect(
                throws: ReportingError.cannotWrite(
                    path: "\(directory)/folder", errno: EISDIR, reason: "Is a directory")
            ) {
                try TextFile.write("text", to: "\(directory)/folder")
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: directory)
            #expect(left.sorted() == ["folder", "there"])
        }
    }

    @Test func `scripts run again unchanged and give the same bytes`() throws {
        let set = small()
        try withDirectory { directory in
            let plots = "\(directory)/a folder's plots"
            try set.write(to: plots)
            try set.draw(in: plots, with: Gnuplot())
            for plot in set.plots {
                let name = plot.picture.name
                let pictures = try ["svg", "png"].map { try contents("\(plots)/\(name).\($0)") }
                try FileManager.default.removeItem(atPath: "\(plots)/\(name).svg")
                try FileManager.default.removeItem(atPath: "\(plots)/\(name).png")
                let environment = "LC_ALL=de_DE.UTF-8 LANG=de_DE.UTF-8"
                let command = "cd \"\(plots)\" && \(environment) gnuplot \(name).gp"
                #expect(try shell(command) == 0)
                let again = try ["svg", "png"].map { try contents("\(plots)/\(name).\($0)") }
                #expect(again == pictures)
            }
        }
    }

    @Test func `the templates draw a run's data by hand`() throws {
        let templates = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../plots").standardized.path
        let set = small()
        try withDirectory { directory in
            try set.write(to: directory)
            try set.draw(in: directory, with: Gnuplot())
            for plot in set.plots {
                let data = "\(directory)/\(plot.picture.name).dat"
                let command =
                    "gnuplot -e \"data='\(data)'; out='\(directory)/hand'\" "
                    + "'\(templates)/\(plot.kind.rawValue).gp'"
                #expect(try shell(command) == 0)
                #expect(
                    try contents("\(directory)/hand.png")
                        == contents("\(directory)/\(plot.picture.name).png"))
            }
            #expect(try shell("gnuplot '\(templates)/cost.gp' 2>/dev/null") == 2)
        }
    }

    @Test func `percentile files are drawn by hand`() throws {
        let templates = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../plots").standardized.path
        var run = SampleRun()
        run.addChannelLatency(contenders: ["a"], placements: ["smt"])
        let distribution = try #require(run.distributions.values.first)
        try withDirectory { directory in
            try write(PercentileFile(distribution).text, "\(directory)/a.hgrm")
            let command =
                "cd '\(directory)' && gnuplot -e \"files='a.hgrm a.hgrm'; names='one two'\" "
                + "'\(templates)/hgrm.gp'"
            #expect(try shell(command) == 0)
            #expect(try contents("\(directory)/hgrm.svg").count > 5000)
            #expect(try contents("\(directory)/hgrm.png").count > 5000)
        }
    }
}
