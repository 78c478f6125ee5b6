import Testing

@testable import Network

@Suite struct AddressTests {
    @Test("an address is written as it was read")
    func roundTrip() throws {
        for text in [
            "127.0.0.1:80", "0.0.0.0:0", "255.255.255.255:65535", "[::1]:7000",
            "[2001:db8::1:0:2]:443",
        ] {
            #expect(try Address(parsing: text).description == text)
        }
        #expect(try Address(parsing: "127.0.0.1:80") == Address(.v4(0x7F00_0001), port: 80))
        #expect(
            try Address(parsing: "[2001:db8::2]:1")
                == Address(.v6(high: 0x2001_0DB8_0000_0000, low: 2), port: 1))
    }

    @Test("the kernel's form of an address is the same address")
    func socketAddress() throws {
        for text in ["192.0.2.7:8080", "[2001:db8::ff:1]:9"] {
            let address = try Address(parsing: text)
            #expect(SocketAddress(address).address == address)
        }
    }

    @Test("what is no address is refused with what was expected")
    func refusals() {
        let cases: [(String, AddressError)] = [
            ("", .missingPort("")), ("localhost", .missingPort("localhost")),
            ("::1", .missingPort("::1")), ("1.2.3.4:", .port("", text: "1.2.3.4:")),
            ("1.2.3.4:65536", .port("65536", text: "1.2.3.4:65536")),
            ("1.2.3.4:-1", .port("-1", text: "1.2.3.4:-1")),
            ("1.2.3.4:+1", .port("+1", text: "1.2.3.4:+1")),
            ("1.2.3:80", .host("1.2.3", text: "1.2.3:80")),
            ("localhost:80", .host("localhost", text: "localhost:80")),
            ("[::g]:80", .host("[::g]", text: "[::g]:80")),
            ("[1.2.3.4]:80", .host("[1.2.3.4]", text: "[1.2.3.4]:80")),
        ]
        for (text, error) in cases {
            #expect(throws: error) { try Address(parsing: text) }
        }
    }
}
