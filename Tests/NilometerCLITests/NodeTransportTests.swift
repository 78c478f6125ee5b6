import Foundation
import TestSupport
import Testing

/// `nilometer node` and `nilometer cluster` over other transports than the kernel's ring.
@Suite(.serialized) struct NodeTransportTests {
    private struct Report: Decodable {
        let writes: Int
        let checked: Int
        let transport: String
        let hasTLS: Bool
    }

    private func check(_ options: [String], hasTLS: Bool = false) throws {
        let tool = try Tool()
        defer { tool.remove() }
        let result = try tool.run(
            ["cluster", "--json", "--seed", "5", "--duration", "300ms", "--failure-timeout", "2s"]
                + options)
        #expect(result.status == 0, "\(result.errors)")
        let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
        #expect(report.writes > 0 && report.checked >= 44)
        #expect(report.transport == "nio" && report.hasTLS == hasTLS)
    }

    @Test(arguments: ["quorum", "chain"])
    func `a cluster over SwiftNIO is loaded, measured and checked`(name: String) throws {
        try check(["--transport", "nio", "--protocol", name])
    }

    @Test(.enabled(if: Authority.isHere, "openssl is not installed"))
    func `so is one whose servers and clients prove who they are`() throws {
        let authority = try Authority()
        let names = [0, 1, 2, 1000, 2000, 2001].map { "node-\($0).nilometer" }
        try authority.sign("all", names)
        try check(
            [
                "--transport", "nio", "--tls-certificate", authority.certificate("all"),
                "--tls-key", authority.key("all"), "--tls-roots", authority.roots,
            ], hasTLS: true)
    }

    @Test(arguments: [
        (["--transport", "pigeon"], "--transport: 'pigeon', expected io_uring or nio"),
        (["--tls-key", "k"], "--tls-key: expected with --transport nio"),
        (["--transport", "nio", "--tls-key", "k"], "--tls-key: expected together with"),
        (
            [
                "--transport", "nio", "--tls-key", "/no/key", "--tls-certificate", "/no/pem",
                "--tls-roots", "/no/roots",
            ], "'/no/pem': no chain of certificates in PEM"
        ),
    ])
    func `options that cannot be are refused by name`(options: [String], what: String) throws {
        for words in [["node", "--id", "0", "--members", "0=127.0.0.1:0"], ["cluster"]] {
            let tool = try Tool()
            defer { tool.remove() }
            let result = try tool.run(words + options)
            #expect(result.status == 2)
            #expect(result.errors.contains(what), "\(result.errors)")
            #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
            #expect(result.output.isEmpty)
        }
    }
}
