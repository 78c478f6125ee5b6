import Testing

@testable import Measurement

@Suite struct KernelAccountTests {
    @Test func `the wait for a core is the second value of schedstat`() {
        #expect(ThreadActivity.parseWait("34 5600 12\n") == 5600)
        #expect(ThreadActivity.parseWait("") == nil)
    }
}
