import Testing

@testable import StrictYAML

@Suite struct SpellingTests {
    @Test(arguments: [
        ("", "", 0), ("a", "", 1), ("fork", "forks", 1), ("froks", "forks", 1),
        ("kitten", "sitting", 3), ("ca", "abc", 3), ("nodes", "nodes", 0),
    ])
    func `the distance counts insertions, deletions, replacements and swaps`(
        left: String, right: String, expected: Int
    ) {
        #expect(Spelling.distance(Array(left), Array(right)) == expected)
        #expect(Spelling.distance(Array(right), Array(left)) == expected)
    }

    @Test func `the nearest word is found, the first of equals`() {
        let known = ["ring.lookup", "ring.balance", "channel.spsc.latency"]
        #expect(Spelling.nearest(to: "ring.lokup", among: known) == "ring.lookup")
        #expect(Spelling.nearest(to: "RING.BALANCE", among: known) == "ring.balance")
        #expect(Spelling.nearest(to: "ab", among: ["aa", "bb"]) == "aa")
    }

    @Test func `a word that is near to none has no suggestion`() {
        #expect(Spelling.nearest(to: "zebra", among: ["forks", "time"]) == nil)
        #expect(
            Spelling.expectation(for: "zebra", among: ["forks", "time"]) == "one of forks, time")
        #expect(Spelling.expectation(for: "zebra", among: ["forks"]) == "'forks'")
        #expect(Spelling.expectation(for: "zebra", among: []) == "none")
    }

    @Test func `a text of absurd length is not compared`() {
        let long = String(repeating: "x", count: 100_000)
        #expect(Spelling.nearest(to: long, among: [long, "x"]) == nil)
    }
}
