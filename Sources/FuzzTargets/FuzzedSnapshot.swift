import SharedNothing

/// The reader of worker snapshots. What is taken is written again as the same bytes.
enum FuzzedSnapshot: FuzzedReader {
    static func read(_ input: [UInt8]) {
        guard let image = try? SnapshotImage(decoding: input) else { return }
        // A name of other bytes than UTF-8's is read with something in their place.
        guard image.name.utf8.elementsEqual(input.dropFirst(48).prefix(image.name.utf8.count))
        else { return }
        hold(image.encoded() == input, "\(image) is not what was read")
    }

    static func takes(_ input: [UInt8]) -> Bool { (try? SnapshotImage(decoding: input)) != nil }

    static func seeds() -> [[UInt8]] {
        [
            SnapshotImage(
                name: "worker-0", version: 1, sequence: 2, position: 3, stream: 4, state: [5, 6]
            ).encoded(),
            SnapshotImage(name: "", version: 0, sequence: 0, position: 0, stream: 0, state: [])
                .encoded(),
        ]
    }
}
