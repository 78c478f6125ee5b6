import Foundation
import Quantities
import Testing

@testable import Reporting

@Suite struct FigureTextTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let value: Double?
        let low: Double?
        let high: Double?
        let unit: String
        let text: String
        var testDescription: String { text }

        init(
            _ value: Double?, _ low: Double?, _ high: Double?, _ unit: String, _ text: String
        ) {
            self.value = value
            self.low = low
            self.high = high
            self.unit = unit
            self.text = text
        }
    }

    @Test(arguments: [
        Case(123.4, 118.2, 130.4, "ns", "123 ns [118, 130]"),
        Case(12.431, 12.418, 12.442, "ns", "12.43 ns [12.42, 12.44]"),
        Case(12, 11.8, 12.31, "ns", "12.0 ns [11.8, 12.3]"),
        Case(12, 12, 12, "ns", "12.0 ns [12.0, 12.0]"),
        Case(9.997, 9.9, 10.1, "ns", "10.0 ns [9.9, 10.1]"),
        Case(1_500_000, 1_400_000, 1_620_000, "ns", "1.50 ms [1.40, 1.62]"),
        Case(5e7, 4.9e7, 5.123e7, "ops/s", "50.0 M ops/s [49.0, 51.2]"),
        Case(4_304_000, 3_941_000, 4_639_000, "tx/s", "4.30 M tx/s [3.94, 4.64]"),
        Case(8192, nil, nil, "ids/ms", "8190 ids/ms"),
        Case(2_000_000, nil, nil, "bytes/key", "2000000 bytes/key"),
        Case(2048, nil, nil, "B", "2 KiB"),
        Case(7.9, 7.1, 8.6, "percent", "7.90 % [7.10, 8.60]"),
        Case(1.082, 1.07, 1.1, "ratio", "1.08 × [1.07, 1.10]"),
        Case(16, nil, nil, "workers", "16 workers"),
        Case(16, nil, nil, "", "16"),
        Case(0, -1, 1, "ns", "0.00 ns [-1.00, 1.00]"),
        Case(nil, nil, nil, "ns", "–"),
        Case(123.4, 118, nil, "ns", "123 ns"),
        Case(1494, 1488.7, 1499.2, "keys", "1494 keys [1489, 1499]"),
        Case(123_456, 120_000, 130_000, "keys", "123000 keys [120000, 130000]"),
    ])
    func `a figure and its interval print in one unit`(example: Case) {
        let text = FigureText(
            value: example.value, low: example.low, high: example.high, unit: example.unit)
        #expect(text.description == example.text)
    }

    @Test func `an exact figure keeps all digits`() {
        #expect(FigureText(value: 123_457, unit: "keys", exact: true).description == "123457 keys")
        #expect(FigureText(value: 123_457, unit: "keys").description == "123000 keys")
        #expect(FigureText(value: 0.12345, unit: "ratio", exact: true).description == "0.123 ×")
    }

    @Test func `figures of one column share the unit of the least`() {
        let scale = FigureText.commonScale(of: [500, 80_000], unit: "ns")
        #expect(FigureText(value: 80_000, unit: "ns", scale: scale).description == "80000 ns")
        #expect(FigureText.commonScale(of: [500, 8e9], unit: "ns") == nil)
        #expect(FigureText.commonScale(of: [], unit: "ns") == nil)
    }

    @Test func `the locale does not change a figure`() {
        // Only the category of numbers: other tests read the system's messages meanwhile.
        // SAFETY: nothing else in this process sets or reads a locale.
        for name in ["de_DE.UTF-8", "de_DE.utf8", "de_DE"] { unsafe setlocale(LC_NUMERIC, name) }
        defer { unsafe setlocale(LC_NUMERIC, "C") }
        let text = FigureText(value: 12.43, low: 12.1, high: 12.8, unit: "ns").description
        #expect(text == "12.4 ns [12.1, 12.8]")
        let data = PlotData(about: [("x", .number(0.5))]).text
        #expect(data == "# about: key, value\nx\t0.5\n")
    }
}
