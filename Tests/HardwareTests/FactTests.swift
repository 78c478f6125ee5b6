import Foundation
import Quantities
import Testing

@testable import Hardware

@Suite struct FactTests {
    @Test func `a known fact is its value and its source in JSON`() throws {
        let fact = Fact.known(3, source: "hwloc")
        #expect(try JSON.text(fact) == "{\n  \"source\" : \"hwloc\",\n  \"value\" : 3\n}")
        #expect(try JSON.roundTrip(fact) == fact)
    }

    @Test func `an unknown fact is its reason and its source in JSON`() throws {
        let fact = Fact<Int>.unknown(reason: "no such file", source: "/proc/x")
        let text = try JSON.text(fact)
        #expect(text == "{\n  \"source\" : \"/proc/x\",\n  \"unknown\" : \"no such file\"\n}")
        #expect(try JSON.roundTrip(fact) == fact)
    }

    @Test(arguments: [
        #"{"source":"x"}"#, #"{"source":"x","value":1,"unknown":"y"}"#, #"{"value":1}"#,
        #"{"source":"x","value":"one"}"#,
    ])
    func `what is neither known nor unknown is refused`(text: String) {
        #expect(throws: DecodingError.self) { try JSON.value(Fact<Int>.self, text) }
    }

    @Test func `what follows from the unknown is unknown for the same reason`() {
        let unknown = Fact<Int>.unknown(reason: "no such file", source: "/proc/x")
        #expect(unknown.map { $0 + 1 } == unknown)
        #expect(unknown.flatMap { .known($0, source: "y") } == unknown)
        #expect(Fact.known(1, source: "x").map { $0 + 1 } == .known(2, source: "x"))
    }

    @Test func `a limit is its value or the word unlimited in JSON`() throws {
        #expect(try JSON.text(Limit.atMost(1.5)) == "1.5")
        #expect(try JSON.text(Limit<Double>.unlimited) == "\"unlimited\"")
        #expect(try JSON.roundTrip(Limit<Double>.unlimited) == .unlimited)
        #expect(try JSON.roundTrip(Limit.atMost(ByteCount(4096))) == .atMost(ByteCount(4096)))
        #expect(throws: DecodingError.self) { try JSON.value(Limit<Double>.self, "\"much\"") }
    }

    @Test func `an error of the system names its symbol and its meaning`() {
        #expect("\(SystemError(ENOENT))" == "ENOENT (No such file or directory)")
        #expect("\(SystemError(99_999))" == "error 99999 (no description)")
    }
}
