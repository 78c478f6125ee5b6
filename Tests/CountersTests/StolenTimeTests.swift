import Testing

@testable import Counters

@Suite struct StolenTimeTests {
    private static let text = """
        cpu  10 20 30 40 50 60 70 80 90 100
        cpu0 1 2 3 4 5 6 7 30 9 10
        cpu3 1 2 3 4 5 6 7 50 9 10
        intr 1 2 3 4 5 6 7 8 9

        """

    @Test func `every processor that is on has its own stolen time, under its own number`() {
        let shares = StolenTime.parseByProcessor(Self.text, ticksPerSecond: 100)
        #expect(
            shares == [
                StolenTime.Share(processor: 0, nanoseconds: 0.3e9),
                StolenTime.Share(processor: 3, nanoseconds: 0.5e9),
            ])
    }

    @Test(arguments: ["", "cpu  1 2 3 4 5 6 7 8\n", "cpu0 1 2 3\n"])
    func `a missing line or column is unknown, not zero`(text: String) {
        #expect(StolenTime.parseByProcessor(text, ticksPerSecond: 100) == nil)
    }

    @Test func `this machine's processors add up to what it says of all`() throws {
        let shares = try #require(StolenTime.readByProcessor())
        #expect(!shares.isEmpty)
        #expect(shares.map(\.processor) == shares.map(\.processor).sorted())
        #expect(shares.allSatisfy { $0.nanoseconds >= 0 })
    }
}
