import Randomness
import Testing

@testable import Pharaoh

/// IDs as bits and as text.
@Suite struct ScarabIDTests {
    private let layout = ScarabLayout.standard

    @Test func `the standard layout has 41, 10 and 13 bits`() {
        #expect(layout.timeBits + layout.machineBits + layout.sequenceBits == 64)
        #expect(layout.machines == 1024)
        #expect(layout.idsPerMillisecond == 8192)
        #expect(layout.lastTime == (1 << 41) - 1)
        #expect(!layout.keepsOrderWhenSigned)
    }

    @Test func `the example of the literature is taken apart`() {
        // 147171961083 << 23 | 844 << 13 | 277
        let fields = layout.fields(of: ScarabID(rawValue: 1_234_567_890_123_456_789))
        #expect(fields == ScarabFields(time: 147_171_961_083, machine: 844, sequence: 277))
    }

    @Test func `fields make an ID and come back`() throws {
        var generator = Seed(1).generator()
        let layouts = [layout, try ScarabLayout(time: 41, machine: 10, sequence: 12)]
        for layout in layouts {
            for _ in 0..<500 {
                let fields = ScarabFields(
                    time: generator.next(below: layout.lastTime + 1),
                    machine: Int(generator.next(below: UInt64(layout.machines))),
                    sequence: Int(generator.next(below: UInt64(layout.idsPerMillisecond))))
                let id = try #require(layout.id(of: fields))
                #expect(layout.fields(of: id) == fields)
                #expect(layout.unixMilliseconds(of: id) == layout.epoch + fields.time)
            }
        }
    }

    @Test func `fields that do not fit make no ID`() {
        let misfits = [
            ScarabFields(time: 1 << 41, machine: 0, sequence: 0),
            ScarabFields(time: 0, machine: 1024, sequence: 0),
            ScarabFields(time: 0, machine: -1, sequence: 0),
            ScarabFields(time: 0, machine: 0, sequence: 8192),
            ScarabFields(time: 0, machine: 0, sequence: -1),
        ]
        for fields in misfits { #expect(layout.id(of: fields) == nil, "\(fields)") }
    }

    @Test(arguments: [(41, 10, 14), (49, 5, 5), (31, 10, 10), (41, -1, 10), (41, 10, 25)])
    func `a layout that does not fit is refused`(bits: (Int, Int, Int)) {
        #expect(throws: ScarabError.self) {
            try ScarabLayout(time: bits.0, machine: bits.1, sequence: bits.2)
        }
    }

    @Test func `order by number is order by time, machine and sequence`() throws {
        var generator = Seed(2).generator()
        func draw() -> ScarabFields {
            ScarabFields(
                time: generator.next(below: 3), machine: Int(generator.next(below: 3)),
                sequence: Int(generator.next(below: 3)))
        }
        for _ in 0..<500 {
            let (left, right) = (draw(), draw())
            let ids = (try #require(layout.id(of: left)), try #require(layout.id(of: right)))
            let isBefore =
                (left.time, left.machine, left.sequence)
                < (right.time, right.machine, right.sequence)
            #expect((ids.0 < ids.1) == isBefore)
        }
    }

    @Test func `signed integers lose the order after half of the time, unless a bit is left`()
        throws
    {
        let early = ScarabFields(time: (1 << 40) - 1, machine: 0, sequence: 0)
        let late = ScarabFields(time: 1 << 40, machine: 0, sequence: 0)
        func signed(_ fields: ScarabFields, _ layout: ScarabLayout) throws -> Int64 {
            Int64(bitPattern: try #require(layout.id(of: fields)).rawValue)
        }
        #expect(try signed(early, layout) > signed(late, layout))
        let spare = try ScarabLayout(time: 41, machine: 10, sequence: 12)
        #expect(spare.keepsOrderWhenSigned)
        #expect(try signed(early, spare) < signed(late, spare))
    }

    @Test func `the decimal text comes back`() {
        for value in [0, 1, 1_234_567_890_123_456_789, UInt64.max] {
            let id = ScarabID(rawValue: value)
            #expect(ScarabID(id.description) == id)
        }
        for text in ["", "-1", "+1", "01", " 1", "1a", "18446744073709551616"] {
            #expect(ScarabID(text) == nil, "\(text)")
        }
    }

    @Test func `a run may end with the highest ID`() {
        let run = ScarabRun(first: .max - 2, count: 3)
        #expect(run.map(\.rawValue) == [.max - 2, .max - 1, .max])
    }

    @Test func `the sortable text comes back and sorts as the IDs do`() {
        var generator = Seed(3).generator()
        var ids = [ScarabID(rawValue: 0), ScarabID(rawValue: .max)]
        for bits in 0..<64 { ids.append(ScarabID(rawValue: generator.next() >> UInt64(bits))) }
        for id in ids {
            #expect(id.sortableText.utf8.count == 13)
            #expect(ScarabID(sortableText: id.sortableText) == id)
            #expect(ScarabID(sortableText: id.sortableText.lowercased()) == id)
        }
        let byText = ids.sorted {
            $0.sortableText.utf8.lexicographicallyPrecedes($1.sortableText.utf8)
        }
        #expect(byText == ids.sorted())
    }

    @Test func `characters that look alike are read as Crockford has it, and others are refused`() {
        #expect(ScarabID(sortableText: "000000000001O")?.rawValue == 32)
        #expect(ScarabID(sortableText: "00000000000iL")?.rawValue == 33)
        for text in ["", "000000000000", "00000000000000", "000000000000U", "G000000000000"] {
            #expect(ScarabID(sortableText: text) == nil, "\(text)")
        }
    }

    @Test func `a run is its IDs in order`() {
        #expect(Array(ScarabRunFixture.run).map(\.rawValue) == ScarabRunFixture.expected)
    }
}

/// A run as a generator gives it.
private enum ScarabRunFixture {
    static var run: ScarabRun {
        let clock = ScriptedClock(ScarabLayout.standard.epoch + 5)
        guard
            let lease = try? ScarabLease(limit: MemoryLimit(), reached: 0, layout: .standard),
            var generator = try? lease.generator(machines: 3..<4, clock: clock),
            let run = try? generator.take(upTo: 4)
        else { preconditionFailure("no IDs at millisecond 5") }
        return run
    }

    static let expected: [UInt64] = (0..<4).map { 5 << 23 | 3 << 13 | $0 }
}
