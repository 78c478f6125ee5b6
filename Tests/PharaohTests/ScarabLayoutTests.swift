import Pharaoh
import Testing

@Suite("The layout of an ID")
struct ScarabLayoutTests {
    @Test("the standard layout fills the word")
    func fills() {
        let layout = ScarabLayout.standard
        #expect(layout.timeBits + layout.machineBits + layout.sequenceBits == UInt64.bitWidth)
    }
}
