import Testing

@testable import PeerServers

/// What members of a cluster that gossips say that they see.
@Suite struct NodeSightingTests {
    @Test func `a line says what it was made of, and nothing else is taken for one`() {
        let sighting = NodeSighting(node: 4, status: "suspect", since: 99)
        #expect(sighting.line == "sees 4 suspect 99\n")
        #expect(NodeSighting(words: sighting.line.dropLast().split(separator: " ")) == sighting)
        for line in ["sees 4 suspect", "sees x suspect 9", "sees 4 suspect x", "hears 4 dead 9"] {
            #expect(NodeSighting(words: line.split(separator: " ")) == nil)
        }
    }
}

/// What members of a token ring say that they had.
@Suite struct TokenHoldTests {
    private func hold(_ epoch: UInt64, _ grant: UInt64, _ begin: Int64, _ end: Int64) -> TokenHold {
        TokenHold(epoch: epoch, grant: grant, asked: 0, begin: begin, end: end)
    }

    @Test func `a line says what it was made of, and nothing else is taken for one`() {
        let hold = TokenHold(epoch: 3, grant: 7, asked: -1, begin: 20, end: 30)
        #expect(hold.line == "held 3 7 -1 20 30\n")
        #expect(TokenHold(words: hold.line.dropLast().split(separator: " ")) == hold)
        for line in [
            "held 3 7 -1 20", "held 3 7 -1 20 x", "role 3 7 -1 20 30", "held 3 -7 1 20 30",
        ] {
            #expect(TokenHold(words: line.split(separator: " ")) == nil)
        }
    }

    @Test func `grants that follow each other by number and by time do not overlap`() {
        let holds = [hold(2, 1, 40, 50), hold(1, 1, 10, 20), hold(1, 2, 20, 39)]
        #expect(holds.overlap == nil)
        #expect([TokenHold]().overlap == nil)
    }

    @Test func `two at once, in the wrong order or of one number are found`() {
        for later in [hold(1, 2, 19, 30), hold(1, 2, 5, 8), hold(1, 1, 25, 30)] {
            let found = [later, hold(1, 1, 10, 20)].overlap
            #expect(found != nil, "\(later)")
        }
        let found = [hold(2, 1, 5, 6), hold(1, 9, 10, 20)].overlap
        #expect(found?.earlier.epoch == 1 && found?.later.epoch == 2)
    }
}
