import Testing

/// What waits for threads says so where they do not come, in words that can be read.
@Suite struct SignalTests {
    @Test func `waiting gives up, and shows the end of a long list`() {
        let signal = Signal(Array(1...500))
        #expect {
            try signal.wait("a thousand", atMost: 0) { $0.count == 1_000 }
        } throws: {
            "\($0)".hasSuffix(
                "for a thousand; there is 500 in all, at last 495; 496; 497; 498; 499; 500")
        }
    }

    @Test func `waiting gives up, and shows the end of a long text`() {
        struct State { let numbers = Array(1...5_000) }
        let signal = Signal(State())
        #expect {
            try signal.wait("nothing", atMost: 0) { _ in false }
        } throws: {
            "\($0)".count < 900 && "\($0)".hasSuffix("4999, 5000])")
        }
    }

    @Test func `what is there is not waited for`() throws {
        try Signal(7).wait("seven", atMost: 0) { $0 == 7 }
    }
}
