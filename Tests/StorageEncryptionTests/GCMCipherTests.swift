import Storage
import Testing

@testable import StorageEncryption

@Suite struct GCMCipherTests {
    private let key = StorageKey()

    private func sealed(
        _ text: [UInt8], counter: UInt64 = 1, salt: CipherSalt = CipherSalt(low: 1, high: 2),
        key: StorageKey? = nil
    ) -> ([UInt8], CipherTag) {
        var bytes = text
        var span = bytes.mutableSpan
        let tag = GCMCipher(key ?? self.key).session(salt: salt)
            .seal(&span, counter: counter, context: [7].span)
        return (bytes, tag)
    }

    private func opened(
        _ sealed: ([UInt8], CipherTag), counter: UInt64 = 1,
        salt: CipherSalt = CipherSalt(low: 1, high: 2), context: [UInt8] = [7],
        key: StorageKey? = nil
    ) -> [UInt8]? {
        var bytes = sealed.0
        var span = bytes.mutableSpan
        let opens = GCMCipher(key ?? self.key).session(salt: salt)
            .open(&span, counter: counter, tag: sealed.1, context: context.span)
        return opens ? bytes : nil
    }

    private let text = Array("a record of some bytes".utf8)

    @Test func `what was encrypted is decrypted with the same key, salt, counter and context`() {
        let box = sealed(text)
        #expect(box.0 != text)
        #expect(opened(box) == text)
    }

    @Test func `nothing opens under another key, salt, counter or context`() {
        let box = sealed(text)
        #expect(opened(box, key: StorageKey()) == nil)
        #expect(opened(box, salt: CipherSalt(low: 1, high: 3)) == nil)
        #expect(opened(box, counter: 2) == nil)
        #expect(opened(box, context: [8]) == nil)
    }

    @Test func `every flipped bit of ciphertext and tag is noticed`() {
        let box = sealed(text)
        for bit in 0..<8 * text.count {
            var changed = box
            changed.0[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(opened(changed) == nil)
        }
        for bit in 0..<64 {
            let tag = CipherTag(low: box.1.low ^ 1 << UInt64(bit), high: box.1.high)
            #expect(opened((box.0, tag)) == nil)
        }
    }

    @Test func `each salt and each counter gives another ciphertext`() {
        let boxes = [
            sealed(text).0, sealed(text, counter: 2).0,
            sealed(text, salt: CipherSalt(low: 2, high: 2)).0, sealed(text, key: StorageKey()).0,
        ]
        #expect(Set(boxes).count == boxes.count)
    }

    @Test func `nothing at all can be encrypted and is authenticated`() {
        let box = sealed([])
        #expect(opened(box) == [])
        #expect(opened(box, context: []) == nil)
    }

    @Test func `a key has 32 bytes, and the same bytes are the same key`() {
        #expect(StorageKey(bytes: [UInt8](repeating: 1, count: 31).span) == nil)
        let bytes = [UInt8](0..<32)
        guard let one = StorageKey(bytes: bytes.span), let two = StorageKey(bytes: bytes.span)
        else {
            Issue.record("32 bytes are no key")
            return
        }
        #expect(one.identifier == two.identifier)
        #expect(one.identifier != key.identifier)
        #expect(opened(sealed(text, key: one), key: two) == text)
        let copy = one.withBytes { span in
            var copy: [UInt8] = []
            for index in span.indices { copy.append(span[index]) }
            return copy
        }
        #expect(copy == bytes)
    }

    @Test func `a key is never printed, in whatever way`() {
        let bytes = [UInt8](repeating: 0xAB, count: 32)
        guard let key = StorageKey(bytes: bytes.span) else {
            Issue.record("32 bytes are no key")
            return
        }
        var dumped = ""
        dump(key, to: &dumped)
        dump(GCMCipher(key), to: &dumped)
        let texts = [
            "\(key)", String(reflecting: key), dumped, "\(GCMCipher(key))",
            String(reflecting: GCMCipher(key)),
        ]
        for text in texts {
            #expect(text.contains("\(key.identifier)"))
            #expect(!text.lowercased().contains("abab"))
            #expect(!text.contains("171, 171"))
        }
    }
}
