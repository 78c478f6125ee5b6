import RingPeers
import ShenRing
import Testing

@Suite struct JumpHashTests {
    @Test func `jump hash gives the values that its ports agree on`() {
        // The vectors of the Go, Rust and Python ports, which compare themselves with the paper's
        // C++.
        let known: [(key: UInt64, nodes: UInt32, node: UInt32)] = [
            (1, 1, 0), (42, 57, 43), (0xDEAD_10CC, 1, 0), (0xDEAD_10CC, 666, 361),
            (256, 1024, 520), (0, 60, 0), (1, 60, 55), (2, 60, 46), (1, 128, 55), (129, 128, 120),
            (.max, 128, 92), (128, 100_000_000, 38_172_097),
        ]
        for (key, nodes, node) in known {
            let jump = JumpHash(nodeCount: nodes)
            #expect(jump.owner(ofHash: key) == node, "key \(key), \(nodes) nodes")
        }
    }

    @Test func `a node more moves keys to it and nowhere else`() {
        for nodes in 1..<40 as Range<UInt32> {
            let old = JumpHash(nodeCount: nodes)
            let new = JumpHash(nodeCount: nodes + 1)
            for key in 0..<500 as Range<UInt64> {
                let owner = new.owner(ofKey: key)
                #expect(owner == nodes || owner == old.owner(ofKey: key))
            }
        }
    }

    @Test func `most nodes that the paper allows are accepted`() {
        let jump = JumpHash(nodeCount: UInt32(Int32.max))
        for key in 0..<1000 as Range<UInt64> {
            #expect(jump.owner(ofKey: key) < UInt32(Int32.max))
        }
    }

    @Test func `no node traps`() async {
        await #expect(processExitsWith: .failure) { _ = JumpHash(nodeCount: 0) }
    }
}
