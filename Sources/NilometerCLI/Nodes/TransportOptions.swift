import ArgumentParser
import Benchmarks

/// What nodes' connections go over.
struct TransportOptions: ParsableArguments {
    @Option(
        help: "What connections go over: io_uring, or nio (SwiftNIO: portable, and with TLS).")
    var transport = "io_uring"

    @Option(
        help: ArgumentHelp(
            "PEM file of the certificate, with those between it and a root; with nio.",
            valueName: "file"))
    var tlsCertificate: String?

    @Option(help: ArgumentHelp("PEM file of the certificate's key.", valueName: "file"))
    var tlsKey: String?

    @Option(
        help: ArgumentHelp(
            "PEM file of the roots that others' certificates have to lead to.",
            valueName: "file"))
    var tlsRoots: String?

    var request: TransportRequest {
        var request = TransportRequest()
        (request.name, request.certificate) = (transport, tlsCertificate)
        (request.key, request.roots) = (tlsKey, tlsRoots)
        return request
    }
}
