import Foundation
import Testing

@testable import Hardware

/// Machines for tests, from descriptions.
enum Machines {
    static func synthetic(_ description: String) throws -> Machine {
        try Machine.detect(.init(topology: .synthetic(description)))
    }

    static func fixture(_ name: String) throws -> Machine {
        try Machine.detect(.init(topology: .xmlFile(try path(ofFixture: name))))
    }

    static func path(ofFixture name: String) throws -> String {
        try #require(
            Bundle.module.path(forResource: name, ofType: "xml", inDirectory: "Fixtures"))
    }

    /// Two sockets of twelve cores with two threads each, a node a socket.
    static func twoSockets() throws -> Machine { try synthetic("pack:2 numa:1 core:12 pu:2") }

    static func gpu(_ address: String) -> Machine.Accelerator {
        Machine.Accelerator(
            address: address, kind: .gpu, identity: "10de:2330",
            name: .known("a graphics processor", source: "test"),
            driver: .known("nvidia", source: "test"), node: .known(0, source: "test"))
    }
}

/// JSON as the command line writes it.
enum JSON {
    static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func value<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }

    static func roundTrip<Value: Codable>(_ value: Value) throws -> Value {
        try self.value(Value.self, try text(value))
    }

    /// Every fact inside a document: an object that has a source.
    static func facts(in object: Any, at path: String = "") -> [(path: String, fact: [String: Any])]
    {
        if let list = object as? [Any] {
            return list.enumerated().flatMap { facts(in: $1, at: "\(path)[\($0)]") }
        }
        guard let members = object as? [String: Any] else { return [] }
        let below = members.flatMap { facts(in: $1, at: "\(path).\($0)") }
        return members["source"] == nil ? below : below + [(path, members)]
    }
}

extension JSON {
    static func object(_ text: String) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(text.utf8))
    }
}
