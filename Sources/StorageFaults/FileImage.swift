/// What a file holds: its size, and the sectors that were written.
///
/// A sector is what a device writes whole or not at all. What was never written reads as zeroes and
/// takes up no room, so a file may be as sparse as it likes.
package struct FileImage: Equatable, Sendable {
    /// How many bytes a device writes whole or not at all.
    package static let sectorSize: UInt64 = 512
    /// How many bytes a file system allocates at a time.
    package static let blockSize: UInt64 = 4096

    /// How many bytes the file has.
    package private(set) var size: UInt64 = 0
    /// The sectors that were written, by number. Bytes behind the file's end are zero.
    private(set) var sectors: [UInt64: [UInt8]] = [:]

    /// An empty file.
    package init() {}

    static let blankSector = [UInt8](repeating: 0, count: Int(sectorSize))

    /// The bytes of sector `index`.
    func sector(_ index: UInt64) -> [UInt8] { sectors[index] ?? FileImage.blankSector }

    /// Whether sector `index` was ever written.
    func holds(_ index: UInt64) -> Bool { sectors[index] != nil }

    /// Puts `bytes` in the place of sector `index`, whatever the size is.
    mutating func replaceSector(_ index: UInt64, by bytes: [UInt8]) { sectors[index] = bytes }

    /// Cuts or extends the file; what is cut off reads as zeroes if the file grows again.
    mutating func resize(to newSize: UInt64) {
        if newSize < size { blank(from: newSize) }
        size = newSize
    }

    /// Forgets all bytes from `offset` on, wherever the file ends.
    mutating func blank(from offset: UInt64) {
        let whole = offset / FileImage.sectorSize
        let kept = Int(offset % FileImage.sectorSize)
        let isKept = { (index: UInt64) in index < whole || (index == whole && kept > 0) }
        if !sectors.keys.allSatisfy(isKept) { sectors = sectors.filter { isKept($0.key) } }
        guard var last = sectors[whole] else { return }
        last.replaceSubrange(kept..., with: repeatElement(0, count: last.count - kept))
        sectors[whole] = last
    }

    /// The sectors as they are when `bytes` have been written at `offset`, in order.
    func sectors(writing bytes: ArraySlice<UInt8>, at offset: UInt64) -> [(UInt64, [UInt8])] {
        var changed: [(UInt64, [UInt8])] = []
        var rest = bytes
        var position = offset
        while !rest.isEmpty {
            let index = position / FileImage.sectorSize
            let start = Int(position % FileImage.sectorSize)
            let part = rest.prefix(Int(FileImage.sectorSize) - start)
            if part.count == Int(FileImage.sectorSize) {
                changed.append((index, Array(part)))
            } else {
                var sector = sector(index)
                sector.replaceSubrange(start..<start + part.count, with: part)
                changed.append((index, sector))
            }
            rest = rest.dropFirst(part.count)
            position += UInt64(part.count)
        }
        return changed
    }

    /// Up to `count` bytes from `offset`, none behind the end.
    package func bytes(at offset: UInt64, count: Int) -> [UInt8] {
        guard offset < size else { return [] }
        let end = offset + min(UInt64(count), size - offset)
        var result: [UInt8] = []
        result.reserveCapacity(Int(end - offset))
        var position = offset
        while position < end {
            let start = Int(position % FileImage.sectorSize)
            let length = min(Int(FileImage.sectorSize) - start, Int(end - position))
            result += sector(position / FileImage.sectorSize)[start..<start + length]
            position += UInt64(length)
        }
        return result
    }

    /// The blocks in which a sector was written.
    var blocks: Set<UInt64> {
        Set(sectors.keys.map { $0 / (FileImage.blockSize / FileImage.sectorSize) })
    }

    /// How many bytes of the device the file takes up.
    package var allocated: UInt64 { UInt64(blocks.count) * FileImage.blockSize }
}
