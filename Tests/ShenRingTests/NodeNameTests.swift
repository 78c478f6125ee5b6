import ShenRing
import Testing

@Suite struct NodeNameTests {
    @Test func `names are compared as bytes, so two spellings of one letter are two names`() {
        let composed = "caf\u{E9}"
        let decomposed = "cafe\u{301}"
        #expect(composed == decomposed)
        #expect(NodeName(composed) != NodeName(decomposed))
        #expect(NodeName("a") < NodeName("aa"))
        #expect(NodeName("Z") < NodeName("a"))
        #expect(NodeName(bytes: [0x7F]) < NodeName(bytes: [0x80]))
    }

    @Test func `a name prints as its text, or in hexadecimal where it is none`() {
        #expect(NodeName("pyramid-1").description == "pyramid-1")
        #expect(NodeName(bytes: [0xFF, 0x00, 0x0A]).description == "0xff000a")
    }
}
