import Foundation
import FuzzTargets
import Randomness
import Testing

/// The fuzzer's targets without the fuzzer: `make fuzz` looks for inputs, and what is worth keeping of
/// them is read here.
struct FuzzTargetsTests {
    @Test("what a target's own writers wrote is taken", arguments: FuzzTarget.allCases)
    func seeds(target: FuzzTarget) throws {
        let seeds = try target.seeds()
        #expect(seeds.count >= 2)
        for (number, seed) in seeds.enumerated() {
            #expect(target.takes(seed), "seed \(number)")
            target.read(seed)
        }
    }

    @Test("what was damaged is read to an end", arguments: FuzzTarget.allCases)
    func damage(target: FuzzTarget) throws {
        var generator = Xoshiro256StarStar(seed: Seed(1).derived(for: target.rawValue))
        for seed in try target.seeds() {
            for _ in 0..<100 {
                var input = seed
                for _ in 0...generator.next(below: 3) { Self.damage(&input, by: &generator) }
                target.read(input)
            }
        }
    }

    @Test("inputs that were kept are read to an end", arguments: FuzzTarget.allCases)
    func kept(target: FuzzTarget) throws {
        let file = try #require(
            Bundle.module.url(forResource: "Inputs/\(target.rawValue)", withExtension: "base64"))
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        #expect(!lines.isEmpty)
        for line in lines {
            target.read(Array(try #require(Data(base64Encoded: String(line)))))
        }
    }

    /// The script knows the targets before there is a program to ask.
    @Test("the script fuzzes all of them") func script() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(
            contentsOf: root.appending(components: "Scripts", "fuzz"), encoding: .utf8)
        let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: " ")
        #expect(text.contains("\nknown='\(names)'\n"))
    }

    private static func damage(_ input: inout [UInt8], by generator: inout Xoshiro256StarStar) {
        guard !input.isEmpty else { return input.append(UInt8(generator.next(below: 256))) }
        let place = Int(generator.next(below: UInt64(input.count)))
        let other = Int(generator.next(below: UInt64(input.count)))
        switch generator.next(below: 4) {
        case 0: input[place] ^= 1 << UInt8(generator.next(below: 8))
        case 1: input[place] = [0, 1, 0x7F, 0x80, 0xFF][Int(generator.next(below: 5))]
        case 2: input.removeSubrange(min(place, other)..<max(place, other))
        default: input.insert(contentsOf: input[min(place, other)..<max(place, other)], at: place)
        }
    }
}
