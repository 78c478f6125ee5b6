import Testing

@testable import PeerServers

struct NodeNetworkTests {
    /// Whichever number a process has: a network's last address is everybody's, so that none that has a
    /// place may be it, or one of the next network.
    @Test func `a process's addresses are one whole network of those for benchmarks`() {
        let size = UInt32(1) << NodeNetwork.hostBits
        for process in Array(Int32(1)...70_000) + [4_194_303, .max] {
            let base = NodeNetwork.base(of: process)
            #expect(base.isMultiple(of: size), "process \(process)")
            // 198.18.0.0/15
            #expect(base >> 17 == (198 << 24 | 18 << 16) >> 17, "process \(process)")
        }
        let last = 1 + NodeNetwork.mostPlaces
        #expect(last < Int(size) - 1)
    }

    @Test func `processes with numbers side by side have networks of their own`() {
        let bases = (Int32(30_000)..<34_096).map(NodeNetwork.base(of:))
        #expect(Set(bases).count == bases.count)
    }
}
