/// A change of a file that is in the page cache and may be on the device or not.
struct FileChange: Sendable {
    enum Kind: Sendable {
        /// The sector holds these bytes.
        case sector(UInt64, [UInt8])
        /// The file grew to this size from `old`; by a write or without one.
        case grown(UInt64, from: UInt64)
        /// The file was cut to this size.
        case cut(UInt64)
    }

    let kind: Kind
    /// Where it stands among all changes of the file system. The sectors of a write and the growth
    /// that it brings have the same.
    let stamp: Int

    var isData: Bool {
        if case .sector = kind { true } else { false }
    }
}

/// A file: as processes see it, as the device is known to have it, and what lies between.
struct FileNode: Sendable {
    /// What processes read.
    private(set) var live = FileImage()
    /// What is on the device for certain.
    private(set) var durable = FileImage()
    /// What was done since, in order.
    private(set) var pending: [FileChange] = []

    /// An empty file.
    init() {}

    /// A file that is on the device as it is.
    init(durable image: FileImage) { (live, durable) = (image, image) }

    /// Writes `bytes` at `offset`.
    mutating func write(_ bytes: ArraySlice<UInt8>, at offset: UInt64, stamp: Int) {
        guard !bytes.isEmpty else { return }
        for (index, sector) in live.sectors(writing: bytes, at: offset) {
            live.replaceSector(index, by: sector)
            pending.append(FileChange(kind: .sector(index, sector), stamp: stamp))
        }
        let end = offset + UInt64(bytes.count)
        if end > live.size {
            pending.append(FileChange(kind: .grown(end, from: live.size), stamp: stamp))
            live.resize(to: end)
        }
    }

    /// Cuts or extends the file.
    mutating func resize(to size: UInt64, stamp: Int) {
        if size == live.size { return }
        let kind: FileChange.Kind =
            size < live.size ? .cut(size) : .grown(size, from: live.size)
        pending.append(FileChange(kind: kind, stamp: stamp))
        live.resize(to: size)
    }

    /// Makes all that was done durable.
    mutating func sync() {
        for change in pending { FileNode.apply(change, to: &durable) }
        pending = []
    }

    /// Has reading show what the device has, but for what is still to be brought there.
    mutating func dropCache() {
        live = durable
        for change in pending { FileNode.apply(change, to: &live) }
    }

    /// What a failed sync leaves: some sectors reached the device, and the rest counts as clean from
    /// now on and will never be written. Sizes belong to the inode and are tried again.
    ///
    /// - Parameter evicted: Whether the pages leave the cache as well, so that reading shows at once
    ///   what is lost.
    mutating func failSync(evicted: Bool, _ reached: () -> Bool) {
        for change in pending where change.isData && reached() {
            FileNode.apply(change, to: &durable)
        }
        pending.removeAll { $0.isData }
        if evicted { dropCache() }
    }

    /// The file as a power cut leaves it.
    func surviving(_ survivors: inout Survivors) -> FileImage {
        let metadata = survivingMetadata(&survivors)
        // By stamp of the write: from where on its data is on the device, since its growth is.
        var ordered: [Int: UInt64] = [:]
        if survivors.persistence == .journaled {
            for (change, survives) in zip(pending, metadata) where survives {
                if case .grown(_, let old) = change.kind { ordered[change.stamp] = old }
            }
        }
        var image = durable
        for (change, survives) in zip(pending, metadata) {
            guard case .sector(let index, _) = change.kind else {
                if survives { FileNode.apply(change, to: &image) }
                continue
            }
            let isOrdered = ordered[change.stamp].map {
                (index + 1) * FileImage.sectorSize > $0
            }
            if isOrdered == true || survivors.includesData() {
                FileNode.apply(change, to: &image)
            } else if !image.holds(index), let bytes = survivors.unwrittenSector(index) {
                image.replaceSector(index, by: bytes)
            }
        }
        // Sectors may have survived without the size that would show them.
        image.blank(from: image.size)
        return image
    }

    /// Which changes of the size survive: those up to some point, since an inode is written whole.
    private func survivingMetadata(_ survivors: inout Survivors) -> [Bool] {
        var result = [Bool](repeating: false, count: pending.count)
        var survives = false
        for index in pending.indices.reversed() where !pending[index].isData {
            survives = survives || survivors.includesMetadata(pending[index].stamp)
            result[index] = survives
        }
        return result
    }

    private static func apply(_ change: FileChange, to image: inout FileImage) {
        switch change.kind {
        case .sector(let index, let bytes): image.replaceSector(index, by: bytes)
        case .grown(let size, _): image.resize(to: size)
        case .cut(let size):
            image.blank(from: size)
            image.resize(to: size)
        }
    }
}
