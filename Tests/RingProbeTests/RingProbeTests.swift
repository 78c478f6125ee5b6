import Testing

@Suite struct RingProbeTests {
    @Test func `a protocol that keeps its rules is told with what was run`() throws {
        let run = try ProbeRun("scenarios --runs 2 --first 7 gossip ring")
        #expect(run.status == 0)
        #expect(run.lines.contains { $0.hasPrefix("gossip: 2 runs, ") })
        #expect(run.lines.contains { $0.hasPrefix("ring: 2 runs, ") })
        #expect(run.lines.allSatisfy { $0.hasPrefix("gossip: ") || $0.hasPrefix("ring: ") })
        #expect(run.complaints == [])
    }

    @Test func `a figure is told with what it took`() throws {
        let run = try ProbeRun("speed gossip-5")
        #expect(run.status == 0)
        #expect(run.lines.count == 1)
        #expect(run.lines[0].hasPrefix("gossip-5: 5 nodes for 20000 s, 0 taken for dead: "))
        #expect(run.lines[0].contains(" simulated seconds a second, "))
    }

    @Test(arguments: [
        "", "scenario", "zoo chain.", "zoo chain.answersTwice", "zoo .answersBeforeTail",
        "zoo china", "zoo --runs 3", "zoo --series", "zoo --series 0", "zoo --seeds 1.5",
        "medians gossip.", "scenarios --runs -1 gossip", "scenarios --first x",
        "scenarios --first -1", "scenarios --planted answersBeforeTail gossip",
        "scenarios gossip.oldGossipResurrects", "scenarios --runs 99999999999999999999",
        "speed warp", "speed --runs 3",
    ])
    func `what it does not understand it says in a line, before it does anything`(
        _ words: String
    ) throws {
        let run = try ProbeRun(words)
        #expect(run.status == 2)
        #expect(run.lines == [])
        #expect(run.complaints.count == 1)
    }

    #if PLANTED_DEFECTS
        @Test func `a protocol that breaks a rule ends it with 1, and the seed is told`() throws {
            let run = try ProbeRun("scenarios --runs 2 --planted oldGossipResurrects gossip")
            #expect(run.status == 1)
            #expect(run.lines.contains { $0.hasPrefix("gossip: seed 1: ") })
            #expect(run.lines.contains { $0.hasPrefix("gossip: FAILED: ") })
        }

        @Test func `a mistake of each protocol is caught by the first seed`() throws {
            let run = try ProbeRun(
                "zoo --seeds 1 gossip.oldGossipResurrects token.regeneratesAlone "
                    + "quorum.skipsMatching chain.gapAccepted ring.lastArcLost "
                    + "coordinators.runsOverlap")
            #expect(run.status == 0)
            #expect(run.lines.count == 7)
            #expect(run.lines[3].hasPrefix("chain.gapAccepted: caught by seed 1, "))
            #expect(run.lines[6].hasPrefix("zoo: 6 of 6 mistakes were caught, "))
        }

        @Test func `a mistake that is missed ends it with 1, and is named`() throws {
            // Found by the fourth seed.
            let run = try ProbeRun("zoo --seeds 2 ring.lastArcLost ring.brokenCopyCounted")
            #expect(run.status == 1)
            #expect(run.lines.last?.hasPrefix("zoo: 1 of 2 mistakes were caught, ") == true)
            #expect(run.complaints == ["zoo: FAILED: ring.brokenCopyCounted was missed"])
        }

        @Test func `medians are the rows of a table`() throws {
            let run = try ProbeRun("medians --series 3 ring.lastArcLost")
            #expect(run.status == 0)
            #expect(run.lines.count == 3)
            #expect(run.lines[2].hasPrefix("| ring | `lastArcLost` | 1 | "))
            #expect(run.lines[2].hasSuffix(" |"))
        }
    #endif
}
