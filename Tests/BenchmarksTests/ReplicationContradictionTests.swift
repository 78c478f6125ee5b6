import Measurement
import Quantities
import Testing

@testable import Benchmarks

/// What a comparison of replicated stores refuses before anything is started.
@Suite struct ReplicationContradictionTests {
    private func contradiction(_ changes: [(String, String)]) throws -> String? {
        let usual = try ParameterSet([
            ("contenders", "chain,quorum,etcd"), ("durability", "group"), ("payload", "256"),
            ("window", "1"), ("rtt", "none"), ("silence", "1s"),
        ])
        let parameters = changes.reduce(usual) { $0.without($1.0).with($1.0, $1.1) }
        return ReplicationComparison.description.contradiction(parameters, .seconds(1))
    }

    @Test func `beside etcd, what etcd cannot do is refused`() throws {
        #expect(try contradiction([]) == nil)
        for change in [
            ("rtt", "1ms"), ("durability", "none"), ("window", "65"), ("payload", "1001"),
        ] {
            let found = try #require(try contradiction([change]))
            #expect(found.contains("etcd") && found.contains("; expected "), "\(found)")
            #expect(try contradiction([change, ("contenders", "chain,quorum")]) == nil)
        }
        #expect(try contradiction([("window", "64"), ("payload", "1000")]) == nil)
    }

    @Test func `a round trip of more than a fifth of the silence that is borne is refused`() throws
    {
        let own = ("contenders", "chain")
        #expect(try contradiction([own, ("rtt", "200ms")]) == nil)
        let found = try #require(try contradiction([own, ("rtt", "201ms")]))
        #expect(found.hasSuffix("expected a fifth of it at most"), "\(found)")
    }
}
