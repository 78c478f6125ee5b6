import Foundation
import Measurement
import Runs
import Statistics
import Testing

@testable import Regression

@Suite struct BaselineTests {
    private func withStore(_ body: (BaselineStore, String) throws -> Void) throws {
        let directory = NSTemporaryDirectory() + "nilometer-baselines-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body(BaselineStore(directory: directory), directory)
    }

    private func baseline(_ name: String, level: Double = 100) throws -> Baseline {
        Baseline(
            try MadeUp.run([
                ("time", MadeUp.values(level, windows: 200)),
                ("balance", Array(repeating: [1.123456789012345], count: 10)),
            ]), name: name)
    }

    @Test func `at most 25 quantiles are kept, median and extremes among them`() {
        let samples = (0..<1001).map { Double(($0 * 387) % 1001) + 0.123456789 }
        let kept = QuantileGrid.reduced(samples)
        #expect(kept.count == 25)
        #expect(kept == kept.sorted())
        #expect(abs(kept[12] / Quantile.median(of: samples) - 1) < 1e-6)
        #expect(abs(kept[0] - 0.123456789) < 1e-7 && abs(kept[24] / 1000.123456789 - 1) < 1e-6)
        #expect(QuantileGrid.reduced([3, 1, 2]) == [1, 2, 3])
        #expect(QuantileGrid.reduced([2.0 / 3], isExact: true) == [2.0 / 3])
        #expect(
            QuantileGrid.reduced([123_456_789_012, -0.001234567891, 0]).map { "\($0)" }
                == ["-0.001234568", "0.0", "123456800000.0"])
    }

    @Test func `a baseline that was written and read compares as its run does`() throws {
        try withStore { store, _ in
            let path = try store.save(try baseline("main"), replacing: false)
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
            #expect((size ?? .max) < 8000)
            let side = try store.read("main").side()
            let run = MeasuredSide(
                try MadeUp.run([
                    ("time", MadeUp.values(110, windows: 200)),
                    ("balance", Array(repeating: [1.123456789012345], count: 10)),
                ]), name: "new")
            #expect(side.workloads == run.workloads)
            #expect(side.fingerprint == run.fingerprint)
            // 1.5 s of a time of 1 s.
            #expect(
                side.workloads.map(side.excess) == [5e8] && run.workloads.map(run.excess) == [5e8])
            #expect(side.commit == "0123456789ab")
            let comparison = RunComparison(
                base: side, new: run, rule: ComparisonRule(resamples: 1000))
            #expect(comparison.metrics.map(\.status) == [.regressed, .unchanged])
            #expect(abs((comparison.metrics[0].ratio ?? 0) - 1.1) < 1e-4)
            #expect(side.figures.last?.forks[1].doubts == ["never steady"])
        }
    }

    @Test func `a directory that cannot be made is named, once`() throws {
        let store = BaselineStore(directory: "/dev/null/baselines")
        let baseline = try baseline("main")
        let error = #expect(throws: BaselineError.self) {
            _ = try store.save(baseline, replacing: false)
        }
        #expect(
            error?.description.hasPrefix("cannot create the directory '/dev/null/baselines': ")
                == true, "\(error as Any)")
    }

    @Test func `a name never replaces another unless it must`() throws {
        try withStore { store, _ in
            _ = try store.save(try baseline("main"), replacing: false)
            let before = try store.read("main").side().figures[1].center
            #expect(throws: BaselineError.exists(path: try store.path(of: "main"))) {
                _ = try store.save(try baseline("main", level: 7), replacing: false)
            }
            #expect(try store.read("main").side().figures[1].center == before)
            _ = try store.save(try baseline("main", level: 7), replacing: true)
            #expect(try store.read("main").side().figures[1].center < 8)
        }
    }

    @Test(arguments: ["", ".hidden", "a/b", "../up", "-x", "naïve", "a b", "a\nb", "x\u{0}"])
    func `a name that cannot be a file's is refused`(name: String) throws {
        #expect(throws: BaselineError.badName(name)) {
            _ = try BaselineStore(directory: "d").path(of: name)
        }
    }

    @Test func `good names are files of the directory`() throws {
        let store = BaselineStore(directory: "d")
        for name in ["main", "v1.2_x-3", "7"] {
            #expect(try store.path(of: name) == "d/\(name).json")
        }
        #expect(throws: BaselineError.self) {
            _ = try store.path(of: String(repeating: "a", count: 101))
        }
    }

    @Test func `entries say what cannot be read, and removal needs something`() throws {
        try withStore { store, directory in
            #expect(try store.entries().isEmpty)
            _ = try store.save(try baseline("good"), replacing: false)
            try "{\"schema\": \"nilometer/baseline/9\"}".write(
                toFile: "\(directory)/other.json", atomically: true, encoding: .utf8)
            try "nonsense".write(
                toFile: "\(directory)/bad.json", atomically: true, encoding: .utf8)
            let entries = try store.entries()
            #expect(entries.map(\.name) == ["bad", "good", "other"])
            #expect(throws: BaselineError.self) { _ = try entries[0].content.get() }
            #expect(
                throws: BaselineError.unknownSchema(
                    path: "\(directory)/other.json", found: "nilometer/baseline/9",
                    expected: "nilometer/baseline/1")
            ) { _ = try store.read("other") }
            try store.remove("good")
            #expect(throws: BaselineError.missing(path: "\(directory)/good.json")) {
                try store.remove("good")
            }
            #expect(throws: BaselineError.missing(path: "\(directory)/good.json")) {
                _ = try store.read("good")
            }
        }
    }

    @Test func `a figure that is there twice is refused`() throws {
        try withStore { store, _ in
            let path = try store.save(try baseline("main"), replacing: false)
            let data = try Data(contentsOf: URL(fileURLWithPath: path))
            var object = try #require(
                try JSONSerialization.jsonObject(with: data) as? [String: Any])
            let figures = try #require(object["figures"] as? [Any])
            object["figures"] = figures + figures
            try JSONSerialization.data(withJSONObject: object)
                .write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: BaselineError.self) { _ = try store.read("main").side() }
            #expect(error?.description.contains("it is there twice") == true)
        }
    }

    @Test(arguments: [
        ("\"fork\" : 1,", "\"fork\" : 0,", "there twice"),
        ("1.123456789012345", "many", "expected numbers"),
        ("1.123456789012345", "inf", "expected numbers"),
    ])
    func `a file that somebody altered is refused with the place`(
        from: String, to: String, named: String
    ) throws {
        try withStore { store, _ in
            let path = try store.save(try baseline("main"), replacing: false)
            let text = try String(contentsOfFile: path, encoding: .utf8)
            #expect(text.contains(from))
            try text.replacingOccurrences(of: from, with: to)
                .write(toFile: path, atomically: true, encoding: .utf8)
            let error = #expect(throws: BaselineError.self) { _ = try store.read("main").side() }
            #expect(error?.description.contains(named) == true, "\(String(describing: error))")
        }
    }
}
