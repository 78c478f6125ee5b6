import CXXHash
import Randomness
import ShenRing

/// The ring done dumbly: every point in one sorted array, searched from its start.
struct ReferenceRing {
    let names: [NodeName]
    let points: [(position: UInt64, owner: UInt32)]

    init(
        _ members: [RingMember], virtualNodes: Int,
        hash: ([UInt8]) -> UInt64 = ReferenceRing.libraryHash
    ) {
        let ordered = members.sorted { $0.name < $1.name }
        names = ordered.map(\.name)
        var points: [(position: UInt64, owner: UInt32)] = []
        for (index, member) in ordered.enumerated() {
            for replica in 0..<UInt32(member.weight * virtualNodes) {
                let suffix = (0..<4).map { UInt8(truncatingIfNeeded: replica >> (8 * UInt32($0))) }
                points.append((hash(member.name.bytes + suffix), UInt32(index)))
            }
        }
        self.points = points.sorted { $0 < $1 }
    }

    func owner(ofHash hash: UInt64) -> UInt32 {
        (points.first { $0.position >= hash } ?? points[0]).owner
    }

    func replicas(ofHash hash: UInt64, count: Int) -> [UInt32] {
        let start = points.firstIndex { $0.position >= hash } ?? 0
        var found: [UInt32] = []
        for point in points[start...] + points[..<start] where found.count < count {
            if !found.contains(point.owner) { found.append(point.owner) }
        }
        return found
    }

    static func libraryHash(_ bytes: [UInt8]) -> UInt64 {
        // The library only reads the bytes.
        unsafe bytes.withUnsafeBytes { unsafe XXH3_64bits($0.baseAddress, $0.count) }
    }
}

/// Members called `node-0`, `node-1`, …
func namedMembers(_ count: Int) -> [RingMember] {
    (0..<count).map { RingMember(NodeName("node-\($0)")) }
}

/// Members with names of 1 to 12 random bytes and weights from 1 to `maximumWeight`.
func randomMembers(
    _ count: Int, maximumWeight: Int, from generator: inout Xoshiro256StarStar
) -> [RingMember] {
    var names = Set<NodeName>()
    while names.count < count {
        let length = 1 + Int(generator.next(below: 12))
        names.insert(
            NodeName(bytes: (0..<length).map { _ in UInt8(generator.next(below: 256)) }))
    }
    return names.sorted().shuffled(by: &generator).map { name in
        RingMember(name, weight: 1 + Int(generator.next(below: UInt64(maximumWeight))))
    }
}
