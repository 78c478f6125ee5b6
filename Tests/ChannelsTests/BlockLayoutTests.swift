import Testing

@testable import Channels

private struct Bytes24 { var a = 0, b = 0, c = 0 }
private struct Bytes56 { var a = SIMD4<Int>(), b = 0, c = 0, d = 0 }
private struct Bytes100 {
    var a = Bytes24(), b = Bytes24(), c = Bytes24(), d = Bytes24(), e: Int32 = 0
}

@Suite struct BlockLayoutTests {
    @Test func `blocks of every kind of element keep their promises`() {
        check(Void.self)
        check(UInt8.self)
        check(UInt16.self)
        check(Int32.self)
        check(UInt64.self)
        check(String.self)
        check(SIMD4<Float>.self)
        check(SIMD8<Int>.self)
        check(Bytes24.self)
        check(Bytes56.self)
        check(Bytes100.self)
        check(Optional<UInt64>.self)
    }

    @Test func `seven 8-byte elements share a line with their tokens`() {
        #expect(BlockLayout<UInt64>.blockBytes == 64)
        #expect(BlockLayout<UInt64>.slotsPerBlock == 7)
        #expect(BlockLayout<UInt64>.slotsOffset == 8)
        #expect(BlockLayout<UInt64>.lap == 8)
    }

    @Test func `a large element has the fewest lines that hold it`() {
        #expect(BlockLayout<Bytes100>.blockBytes == 128)
        #expect(BlockLayout<Bytes100>.slotsPerBlock == 1)
    }

    private func check<Element>(_: Element.Type) {
        typealias Layout = BlockLayout<Element>
        let end = Layout.slotsOffset + Layout.slotsPerBlock * Layout.stride
        let name = "\(Element.self)"
        #expect(end == Layout.blockBytes, "slots end with the block: \(name)")
        #expect(Layout.slotsOffset >= 8, "the tokens have room: \(name)")
        #expect(Layout.slotsOffset % MemoryLayout<Element>.alignment == 0, "alignment: \(name)")
        #expect(Layout.blockBytes % MemoryLayout<Element>.alignment == 0, "alignment: \(name)")
        #expect(Layout.blockBytes % 64 == 0, "whole lines: \(name)")
        #expect(Layout.slotsPerBlock >= 1, "a slot: \(name)")
        #expect(Int(Layout.lap) > Layout.slotsPerBlock, "the slot bits suffice: \(name)")
    }
}
