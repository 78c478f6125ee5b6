import Checkers
import Randomness
import StateMachines
import TestSupport
import Testing

@Suite struct HistoryTextTests {
    private static let title = "nilometer history of registers 1\n"

    @Test func `a history comes back from its text as it was`() throws {
        var generator = testSeed.derived(for: "text").generator()
        for _ in 0..<50 {
            let history = try SmallHistories(operations: 30).next(from: &generator)
            let back = try History(parsing: history.text)
            #expect(back.operations == history.operations, "\(replay)")
            #expect(back.text == history.text, "\(replay)")
            for first in history.operations.indices {
                for second in history.operations.indices {
                    #expect(back.precedes(first, second) == history.precedes(first, second))
                }
            }
        }
    }

    @Test func `the text is what its description says`() throws {
        var scribe = Scribe(Register())
        scribe.did(3, .write([0x61, 0x62]), 10...12, .written, key: 5)
        scribe.did(1, .compareAndSet(expected: nil, value: []), 11...14, .mismatch([0xff]), key: 5)
        scribe.did(2, .read, 13...15, .value(nil), key: 5)
        scribe.did(2, .compareAndSet(expected: [1], value: [2]), 16...17, .differs)
        scribe.asked(4, .read, 18)
        let text = """
            nilometer history of registers 1
            10 n3#1 invoke 5 write 0x6162
            11 n1#1 invoke 5 compare-and-set - 0x
            12 n3#1 answer written
            13 n2#1 invoke 5 read
            14 n1#1 answer mismatch 0xff
            15 n2#1 answer value -
            16 n2#2 invoke 0 compare-and-set 0x01 0x02
            17 n2#2 answer differs
            18 n4#1 invoke 0 read

            """
        #expect(try History(scribe.operations).text == text)
        let commented = text.replacing("\n13", with: "\n# in between\n\n13")
        #expect(try History(parsing: commented).text == text)
    }

    @Test(arguments: [
        ("", "line 1: found nothing, expected 'nilometer history of registers 1'"),
        (
            "nilometer history of registers 2\n",
            "line 1: found 'nilometer history of registers 2', "
                + "expected 'nilometer history of registers 1'"
        ),
        (title + "soon", "line 2: found 'soon', expected nanoseconds"),
        (title + "1 3#4 invoke", "line 2: found '3#4', expected an operation, as n3#7"),
        (title + "1 n3#4", "line 2: found the end of the line, expected 'invoke' or 'answer'"),
        (title + "1 n3#4 invoke -1 read", "line 2: found '-1', expected a key"),
        (
            title + "1 n3#4 invoke 1 look",
            "line 2: found 'look', expected one of read, write, compare-and-set"
        ),
        (title + "1 n3#4 invoke 1 write -", "line 2: found '-', expected a value, as 0x6162"),
        (
            title + "1 n3#4 invoke 1 write 0x616",
            "line 2: found '0x616', expected a value, as 0x6162"
        ),
        (title + "1 n3#4 invoke 1 write 0x6g", "line 2: found '0x6g', expected a value, as 0x6162"),
        (title + "1 n3#4 invoke 1 read 0x61", "line 2: found '0x61', expected the end of the line"),
        (
            title + "\n1 n3#4 invoke 1 read\n2 n3#4 answer value nothing",
            "line 4: found 'nothing', expected a value, as 0x6162, or -"
        ),
        (
            title + "1 n3#4 invoke 1 read\n2 n3#4 answer yes",
            "line 3: found 'yes', expected one of written, value, mismatch, differs"
        ),
        (title + "2 n3#4 answer written", "n3#4 was answered at 2 ns and never invoked"),
    ])
    func `text that is no history is refused with its line and reason`(
        _ text: String, _ reason: String
    ) {
        let problem = #expect(throws: HistoryProblem.self) { try History(parsing: text) }
        #expect(problem?.description == reason)
    }
}
