import Quantities
import Testing

@testable import Storage

@Suite struct GroupPatienceTests {
    @Test func `without a limit of its own it lasts as long as a sync`() {
        var patience = GroupPatience(nil)
        #expect(patience.limit == 0)
        patience.note(syncTook: 200)
        #expect(patience.limit == 0, "one sync may have been an accident")
        patience.note(syncTook: 300)
        #expect(patience.limit == 200)
        patience.note(syncTook: 400)
        #expect(patience.limit == 300)
    }

    @Test func `a stall of the device does not make it patient`() {
        var patience = GroupPatience(nil)
        for duration: UInt64 in [200, 50_000_000, 210] {
            patience.note(syncTook: duration)
            #expect(patience.limit <= 210)
        }
        patience.note(syncTook: 190)
        #expect(patience.limit == 190)
    }

    @Test func `a limit that was given stays`() {
        var patience = GroupPatience(.microseconds(5))
        patience.note(syncTook: 1)
        patience.note(syncTook: 1)
        #expect(patience.limit == 5_000)
        #expect(GroupPatience.none.limit == 0)
        #expect(GroupPatience(.zero) == .none)
    }
}
