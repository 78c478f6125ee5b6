import Testing

@testable import ShenRing

@Suite struct FencedResourceTests {
    @Test func `fencing numbers grow with the grant, and with the epoch whatever the grant`() {
        let numbers = [(1, 1), (1, 2), (2, 1), (2, 9), (10, 1)].map {
            FencingNumber(epoch: $0.0, grant: $0.1)
        }
        for (left, right) in zip(numbers, numbers.dropFirst()) {
            #expect(left < right)
            #expect(!(right < left))
        }
    }

    @Test func `packed numbers keep their order, and none is made of what does not fit`() throws {
        let most = UInt64(UInt32.max)
        let low = try #require(FencingNumber(epoch: 1, grant: most).packed)
        let high = try #require(FencingNumber(epoch: 2, grant: 0).packed)
        #expect(low < high)
        #expect(FencingNumber(epoch: most + 1, grant: 1).packed == nil)
        #expect(FencingNumber(epoch: 1, grant: most + 1).packed == nil)
    }

    @Test func `a resource takes no older number after a newer one`() {
        var resource = FencedResource()
        let (old, new) = (FencingNumber(epoch: 3, grant: 9), FencingNumber(epoch: 4, grant: 1))
        let answers = [old, old, new, old].map { resource.write(under: $0) }
        #expect(answers == [.accepted(1), .accepted(2), .accepted(3), .stale(newest: new)])
        #expect(resource.newest == new)
        #expect(resource.accepted == 3)
        #expect(resource.refused == 1)
    }
}
