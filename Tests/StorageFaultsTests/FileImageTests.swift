import Testing

@testable import StorageFaults

@Suite struct FileImageTests {
    private func image(writing bytes: [UInt8], at offset: UInt64) -> FileImage {
        var image = FileImage()
        for (index, sector) in image.sectors(writing: bytes[...], at: offset) {
            image.replaceSector(index, by: sector)
        }
        image.resize(to: offset + UInt64(bytes.count))
        return image
    }

    @Test func `bytes are read back from where they were written, with zeroes before them`() {
        let bytes = (0..<1500).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 1) }
        let image = image(writing: bytes, at: 700)
        #expect(image.size == 2200)
        #expect(image.bytes(at: 0, count: 5000) == [UInt8](repeating: 0, count: 700) + bytes)
        #expect(image.bytes(at: 2199, count: 2) == bytes.suffix(1))
        #expect(image.bytes(at: 2200, count: 1) == [])
    }

    @Test func `what was cut off reads as zeroes when the file grows again`() {
        var image = image(writing: [UInt8](repeating: 9, count: 1200), at: 0)
        image.resize(to: 600)
        image.resize(to: 1200)
        #expect(
            image.bytes(at: 0, count: 1200)
                == [UInt8](repeating: 9, count: 600) + [UInt8](repeating: 0, count: 600))
    }

    @Test func `a file takes up the blocks that were written and not its size`() {
        var image = image(writing: [1], at: 1 << 40)
        #expect(image.allocated == 4096)
        image.resize(to: 1 << 60)
        #expect(image.allocated == 4096)
        image.resize(to: 0)
        #expect(image.allocated == 0)
    }
}
