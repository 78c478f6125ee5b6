import Testing

@testable import Pharaoh

/// What the first block of a counter's file says, and what damage it bears.
@Suite struct ObeliskMarkTests {
    private func mark(_ serial: UInt64, _ reserved: UInt64 = 7) -> ObeliskMark {
        ObeliskMark(serial: serial, purpose: 3, isNamed: true, reserved: reserved)
    }

    private func block(_ marks: ObeliskMark...) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: Int(ObeliskMark.blockSize))
        for mark in marks {
            let offset = Int(mark.offset)
            block.replaceSubrange(offset..<offset + ObeliskMark.slotSize, with: mark.encoded)
        }
        return block
    }

    @Test func `a mark comes back as it was written`() {
        for isNamed in [false, true] {
            let mark = ObeliskMark(
                serial: .max - 1, purpose: 1 << 63, isNamed: isNamed, reserved: 123_456_789_012)
            #expect(ObeliskMark(mark.encoded[...]) == mark)
            #expect(mark.encoded.count == ObeliskMark.slotSize)
        }
    }

    @Test func `a mark beyond what any file comes to is none`() {
        #expect(ObeliskMark(mark(.max).encoded[...]) == nil)
        #expect(ObeliskMark(mark(.max - 1).encoded[...]) != nil)
        #expect(ObeliskMark(mark(0, ObeliskMark.mostReserved).encoded[...]) != nil)
        #expect(ObeliskMark(mark(0, ObeliskMark.mostReserved + 1).encoded[...]) == nil)
    }

    @Test func `of two marks the newer counts, whichever slot it is in`() {
        #expect(ObeliskMark.newest(in: block(mark(4), mark(5))) == mark(5))
        #expect(ObeliskMark.newest(in: block(mark(6), mark(5))) == mark(6))
        #expect(mark(4).offset != mark(5).offset)
        #expect(mark(4).offset == mark(6).offset)
    }

    @Test func `every flip of a byte of the newer mark leaves the older one`() {
        let whole = block(mark(4), mark(5, 9))
        for place in 0..<ObeliskMark.slotSize {
            for flip in [UInt8(1), 0x80, 0xFF] {
                var damaged = whole
                damaged[Int(mark(5).offset) + place] ^= flip
                #expect(ObeliskMark.newest(in: damaged) == mark(4), "byte \(place) by \(flip)")
            }
        }
    }

    @Test func `a block without a whole mark has none`() {
        #expect(ObeliskMark.newest(in: []) == nil)
        #expect(ObeliskMark.newest(in: block()) == nil)
        #expect(ObeliskMark.newest(in: Array(block(mark(0)).prefix(63))) == nil)
    }
}
