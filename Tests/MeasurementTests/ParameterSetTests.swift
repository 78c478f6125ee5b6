import Foundation
import Testing

@testable import Measurement

@Suite struct ParameterSetTests {
    @Test func `pairs are sorted by key and printed in one form`() throws {
        let set = try ParameterSet([("nodes", "10"), ("batch", "1"), ("contender", "x y")])
        #expect(set.description == "batch=1;contender=x y;nodes=10")
        #expect(try ParameterSet(parsing: set.description) == set)
        #expect(try ParameterSet(parsing: "") == ParameterSet())
    }

    @Test func `a value can be replaced and removed`() throws {
        let set = try ParameterSet(parsing: "a=1;b=2")
        #expect(set.with("a", "3").description == "a=3;b=2")
        #expect(set.without("a").description == "b=2")
        #expect(set.contains(try ParameterSet(parsing: "b=2")))
        #expect(!set.contains(try ParameterSet(parsing: "b=3")))
    }

    @Test(arguments: ["a", "a=1;;b=2", "=1", "a=", "a=1;a=2", "a=1=2"])
    func `text that is not key and value is refused`(text: String) {
        #expect(throws: ParameterSet.Invalid.self) { try ParameterSet(parsing: text) }
    }

    @Test func `numbers order by size and text by letters`() throws {
        let texts = ["nodes=10", "nodes=100", "nodes=9", "kind=b", "kind=a", ""]
        let sorted = try texts.map { try ParameterSet(parsing: $0) }.sorted()
        #expect(
            sorted.map(\.description) == [
                "", "kind=a", "kind=b", "nodes=9", "nodes=10", "nodes=100",
            ])
    }

    @Test func `the JSON form is the text form`() throws {
        let set = try ParameterSet(parsing: "a=1;b=2")
        let data = try JSONEncoder().encode(set)
        #expect(String(decoding: data, as: UTF8.self) == "\"a=1;b=2\"")
        #expect(try JSONDecoder().decode(ParameterSet.self, from: data) == set)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(ParameterSet.self, from: Data("\"a\"".utf8))
        }
    }
}
