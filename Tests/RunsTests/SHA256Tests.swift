import Foundation
import Randomness
import Testing

@testable import Runs

@Suite struct SHA256Tests {
    /// The examples of FIPS 180-4 and of NIST's "Descriptions of SHA-256".
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopq"
                + "klmnopqrlmnopqrsmnopqrstnopqrstu",
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        ),
    ])
    func `the published examples come out`(text: String, sum: String) {
        #expect(SHA256.hexadecimal(of: text.utf8) == sum)
    }

    @Test func `a million letters come out`() {
        var sum = SHA256()
        for _ in 0..<1000 { sum.add([UInt8](repeating: UInt8(ascii: "a"), count: 1000)) }
        #expect(
            SHA256.hexadecimal(sum.digest)
                == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test func `the digest does not depend on how bytes are divided`() {
        var generator = Seed(3).generator()
        let bytes = (0..<1000).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
        let whole = SHA256.digest(of: bytes)
        for _ in 0..<50 {
            var sum = SHA256()
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = min(rest.count, Int(generator.next(below: 130)))
                sum.add(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            #expect(sum.digest == whole)
        }
    }

    @Test func `every length around a block differs from its neighbours`() {
        let sums = (0...200).map { SHA256.hexadecimal(of: [UInt8](repeating: 0, count: $0)) }
        #expect(Set(sums).count == sums.count)
    }
}
