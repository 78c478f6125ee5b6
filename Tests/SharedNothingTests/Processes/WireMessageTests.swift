import Randomness
import SharedNothing
import Testing

@Suite struct WireMessageTests {
    private func encoded(_ message: some WireMessage) -> [UInt8] {
        let count = message.wireByteCount
        var bytes = [UInt8](repeating: 0, count: count)
        // SAFETY: the span covers the array's bytes while they are held.
        let written = unsafe bytes.withUnsafeMutableBytes { buffer in
            var output = unsafe OutputRawSpan(buffer: buffer, initializedCount: 0)
            message.encode(into: &output)
            return unsafe output.finalize(for: buffer)
        }
        #expect(written == count)
        return bytes
    }

    private func decoded<Message: WireMessage>(
        _: Message.Type, _ bytes: [UInt8]
    ) throws(WireError) -> Message {
        // SAFETY: bytes have no padding.
        try Message(decoding: unsafe bytes.span.bytes)
    }

    @Test(arguments: [0, 1, 7, 8, 9, 15, 16, 17, 1000])
    func `bytes come back as they were`(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 5) }
        #expect(encoded(bytes) == bytes)
        #expect(try decoded([UInt8].self, bytes) == bytes)
    }

    @Test func `numbers are little-endian, and 8 bytes long`() throws {
        let number: UInt64 = 0x0102_0304_0506_0708
        #expect(encoded(number) == [8, 7, 6, 5, 4, 3, 2, 1])
        #expect(try decoded(UInt64.self, encoded(number)) == number)
        #expect(throws: WireError.wrongLength(7, expected: 8)) {
            try decoded(UInt64.self, [1, 2, 3, 4, 5, 6, 7])
        }
    }

    @Test func `text is UTF-8, and nothing else is text`() throws {
        #expect(try decoded(String.self, encoded("Nilometer — مقياس")) == "Nilometer — مقياس")
        #expect(encoded("").isEmpty)
        #expect(throws: WireError.notText) { try decoded(String.self, [0xff]) }
        #expect(throws: WireError.notText) { try decoded(String.self, [0xe2, 0x82]) }
    }

    @Test func `nothing is read outside of the bytes`() throws {
        let bytes: [UInt8] = [1, 2, 3, 4, 5]
        // SAFETY: bytes have no padding.
        let span = unsafe bytes.span.bytes
        var answers: [Int?] = []
        for offset in [-1, 0, 1, 2, 5, Int.max, Int.min] {
            do throws(WireError) {
                answers.append(Int(try span.integer(at: offset, as: UInt32.self)))
            } catch {
                answers.append(nil)
            }
        }
        #expect(answers == [nil, 0x0403_0201, 0x0504_0302, nil, nil, nil, nil])
        do throws(WireError) {
            _ = try span.copy(3..<6)
            Issue.record("copied what is not there")
        } catch {
            #expect(error == .outOfBounds(offset: 3, count: 3, byteCount: 5))
        }
        #expect(try span.copy(1..<4) == [2, 3, 4])
    }
}
