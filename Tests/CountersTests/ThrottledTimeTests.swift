import Testing

@testable import Counters

@Suite struct ThrottledTimeTests {
    @Test func `a group's throttled time is read in either version's unit`() {
        #expect(ThrottledTime.parse("nr_throttled 3\nthrottled_usec 1500\n") == 1.5e6)
        #expect(ThrottledTime.parse("nr_periods 9\nthrottled_time 77\n") == 77)
    }

    @Test(arguments: ["", "usage_usec 5\n", "throttled_usec\n", "throttled_usec x\n"])
    func `a group that cannot be held back says nothing, not zero`(text: String) {
        #expect(ThrottledTime.parse(text) == nil)
    }

    @Test func `this process's own time does not run backwards, where it is told`() {
        let throttled = ThrottledTime()
        if let before = throttled.read() {
            #expect(throttled.read() ?? -1 >= before)
        }
    }
}
