/// Which pages of a block store are in use: as it is now, and as the two maps on the device have it.
///
/// A page that was freed goes to nobody else before both maps say so. After a crash the map before
/// counts, and in that the page belongs to who had it; and when the newer superblock cannot be read,
/// the one before does, whose pages must be as they were when it was written.
struct AllocationMap {
    let geometry: BlockGeometry
    /// A bit for each page, 64 to a word.
    private var now: [UInt64]
    private var durable: [UInt64]
    /// The map before the durable one, which is still on the device.
    private var former: [UInt64]
    /// How many pages are in use now.
    private(set) var allocated: UInt64 = 0
    /// For each of the two maps in the file, which of its pages differ from `now`.
    private var stale: [Set<Int>] = [[], []]
    /// Whether `now` differs from `durable`.
    private(set) var isChanged = false
    /// Whether a page was freed that the durable map has in use.
    private var hasFreed = false
    /// Whether a page is free in `now` and in the durable map, and in use in the former one.
    private(set) var isHoldingBack = false
    private var next = 0

    /// A map without a page in use.
    init(_ geometry: BlockGeometry) {
        self.geometry = geometry
        let words = (geometry.capacity + 63) / 64
        now = Array(repeating: 0, count: Int(words))
        durable = now
        former = now
    }

    /// Whether the page is in use.
    func contains(_ page: UInt64) -> Bool {
        page < geometry.capacity && now[Int(page / 64)] & (1 << (page % 64)) != 0
    }

    /// Takes a page into use that is in use neither now nor in a map on the device; `nil` when there is
    /// none.
    mutating func allocate() -> UInt64? {
        for step in 0..<now.count {
            let word = (next + step) % now.count
            let free = ~(now[word] | durable[word] | former[word])
            guard free != 0 else { continue }
            let page = UInt64(word) * 64 + UInt64(free.trailingZeroBitCount)
            // The bits behind the last page stand for nothing.
            guard page < geometry.capacity else { continue }
            next = word
            set(page, to: true)
            return page
        }
        return nil
    }

    /// Gives a page, which is in use, back.
    mutating func free(_ page: UInt64) { set(page, to: false) }

    private mutating func set(_ page: UInt64, to isUsed: Bool) {
        let bit: UInt64 = 1 << (page % 64)
        if isUsed {
            now[Int(page / 64)] |= bit
            allocated += 1
        } else {
            now[Int(page / 64)] &= ~bit
            hasFreed = hasFreed || durable[Int(page / 64)] & bit != 0
            allocated -= 1
        }
        let index = Int(page / geometry.bitsPerMapPage)
        stale[0].insert(index)
        stale[1].insert(index)
        isChanged = true
    }

    /// How often the map must be on the device before one more page can be taken; 0 when none is free.
    var syncsToWait: Int { isHoldingBack ? 1 : hasFreed ? 2 : 0 }

    /// Notes that the map as it is now is on the device, in the place of the former one.
    mutating func noteDurable() {
        former = durable
        durable = now
        (isHoldingBack, hasFreed, isChanged) = (hasFreed, false, false)
    }

    /// Keeps the pages out of use that `other`, the other map on the device, has in use.
    mutating func hold(_ other: AllocationMap) {
        former = other.now
        isHoldingBack = now.indices.contains { former[$0] & ~now[$0] != 0 }
    }

    /// The pages of map `slot` that are to be written, in order.
    func stalePages(of slot: Int) -> [Int] { stale[slot].sorted() }

    /// Notes that all pages of map `slot` are to be written, or that none is.
    mutating func noteStale(_ isStale: Bool, slot: Int) {
        stale[slot] = isStale ? Set(0..<geometry.mapPages) : []
    }

    /// The content of a page of the map.
    func content(ofPage index: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for word in words(ofPage: index) { bytes.append(number: now[word]) }
        return bytes
    }

    /// Takes in the content of a page of the map that is on the device; `false` when it is none.
    mutating func take(_ bytes: Span<UInt8>, ofPage index: Int) -> Bool {
        let words = words(ofPage: index)
        guard bytes.count == words.count * 8 else { return false }
        for (position, word) in words.enumerated() {
            let bits = bytes.number(UInt64.self, at: position * 8)
            if word == now.count - 1, geometry.capacity % 64 != 0,
                bits >> (geometry.capacity % 64) != 0
            {
                return false
            }
            allocated -= UInt64(now[word].nonzeroBitCount)
            allocated += UInt64(bits.nonzeroBitCount)
            now[word] = bits
            durable[word] = bits
            former[word] = bits
        }
        return true
    }

    private func words(ofPage index: Int) -> Range<Int> {
        let count = Int(geometry.bitsPerMapPage / 64)
        return index * count..<min((index + 1) * count, now.count)
    }
}
