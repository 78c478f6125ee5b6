import Testing

@testable import Hardware

@Suite struct DescriptionTests {
    private func machines() throws -> [Machine] {
        try [
            Machine.detect(), Machines.twoSockets(), Machines.fixture("server-two-gpus"),
            Machines.fixture("hybrid"), Machines.synthetic("pu:1"),
        ]
    }

    @Test(arguments: [60, 80, 100, 140])
    func `no line is wider than the page`(width: Int) throws {
        for machine in try machines() {
            let pages = [
                MachineDescription(machine).page(width: width),
                ProfileDescription(Profile.all(on: machine)).page(width: width),
            ]
            for line in pages.joined().split(separator: "\n") {
                #expect(line.count <= width, "\(line)")
                #expect(line.last != " ", "\(line)")
            }
        }
    }

    @Test func `every section is there, and says where facts come from`() throws {
        let page = MachineDescription(try Machine.detect()).page()
        for heading in [
            "Topology of the running machine", "Memory", "Storage", "Network", "Accelerators",
            "Counters", "Environment", "Engine configuration that follows",
        ] {
            #expect(page.split(separator: "\n").contains(Substring(heading)))
        }
        #expect(page.contains("/proc/meminfo MemTotal"))
        #expect(page.contains("application workers"))
    }

    @Test func `sections that are unknown for one reason say it once`() throws {
        let page = MachineDescription(try Machines.twoSockets()).page()
        let storage = page.split(separator: "\n\n").first { $0.hasPrefix("Storage") }
        #expect(storage?.split(separator: "unknown").count == 2)
        #expect(storage?.contains("volatile write cache") == true)
        #expect(page.contains("24 usable cores less 30 % rounded up (8)"))
    }

    @Test func `what is unknown is never shown as a number`() throws {
        let machine = try Machines.synthetic("core:2 pu:1")
        let page = MachineDescription(machine).page()
        // Up to the first decision: what is decided has numbers of its own.
        let facts = page.prefix(
            upTo: try #require(page.firstRange(of: "Engine configuration")).lowerBound)
        #expect(facts.contains("unknown: the description gives no"))
        for line in facts.split(separator: "\n") where line.contains("unknown") {
            #expect(!line.contains { $0.isNumber } || line.contains("node 0"), "\(line)")
        }
    }

    @Test func `a style changes nothing but how parts are set off`() throws {
        let description = MachineDescription(try Machines.fixture("server-two-gpus"))
        let marked = description.page(
            style: MachineDescription.Style(
                heading: { "\u{1}\($0)\u{2}" }, value: { "\u{1}\($0)\u{2}" },
                unknown: { "\u{1}\($0)\u{2}" }, source: { "\u{1}\($0)\u{2}" }))
        #expect(marked.filter { $0 != "\u{1}" && $0 != "\u{2}" } == description.page())
        #expect(marked.contains("\u{1}Memory\u{2}"))
    }

    @Test func `the summary is one line with processor, cores, memory and kernel`() throws {
        let summary = MachineDescription(try Machines.fixture("server-two-gpus")).summary
        #expect(
            summary == "Example Server CPU 12-Core, 24 usable cores, 96 GiB memory, "
                + "Linux 6.1.0-18-amd64")
        let unknown = MachineDescription(try Machines.synthetic("core:1 pu:1")).summary
        #expect(
            unknown == "unknown processor, 1 usable core, unknown memory, unknown kernel")
    }

    @Test func `profiles are listed with purpose, setting and reason`() throws {
        let page = ProfileDescription(Profile.all(on: try Machines.twoSockets())).page()
        #expect(page.contains("low-latency: the least time from cause to effect"))
        #expect(page.contains("busy-spin"))
        for name in Profile.Name.allCases { #expect(page.contains("\(name): ")) }
    }

    @Test(arguments: [
        ("one two three", 7, ["one two", "three"]), ("", 5, []),
        ("/sys/class/net/eth0", 12, ["/sys/class", "/net/eth0"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]), ("a abcdefgh b", 4, ["a", "abcd", "efgh", "b"]),
    ])
    func `text is wrapped at blanks and before slashes`(
        text: String, width: Int, lines: [String]
    ) {
        #expect(Page.wrapped(text, to: width) == lines)
    }
}
