import Network
import NetworkNIO

/// What nodes' connections go over, in the words of a user.
public struct TransportRequest: Hashable, Sendable {
    /// `io_uring` or `nio`.
    public var name = "io_uring"
    /// The file of this side's certificate, with those between it and a root; nil for connections
    /// that prove and hide nothing.
    public var certificate: String?
    /// The file of the certificate's key.
    public var key: String?
    /// The file of the roots that others' certificates have to lead to.
    public var roots: String?

    /// The kernel's io_uring.
    public init() {}

    /// The options of `nilometer node` that say the same.
    var options: [String] {
        var options = ["--transport", name]
        for (option, path) in files { if let path { options += [option, path] } }
        return options
    }

    private var files: [(option: String, path: String?)] {
        [("--tls-certificate", certificate), ("--tls-key", key), ("--tls-roots", roots)]
    }

    /// What it comes to, with the files read.
    ///
    /// - Throws: what is wrong, where, and what was expected, in a line.
    func transport() throws(NodeRefusal) -> Transport {
        guard ["io_uring", "nio"].contains(name) else {
            throw NodeRefusal("--transport: '\(name)', expected io_uring or nio")
        }
        guard let given = files.first(where: { $0.path != nil }) else {
            return name == "nio" ? .nio() : .ring
        }
        guard name == "nio" else {
            throw NodeRefusal("\(given.option): expected with --transport nio, which alone has TLS")
        }
        guard let certificate, let key, let roots else {
            let missing = files.first { $0.path == nil }?.option ?? ""
            throw NodeRefusal("\(given.option): expected together with \(missing)")
        }
        do throws(TransportSecurityError) {
            return .nio(
                security: try TransportSecurity(certificate: certificate, key: key, roots: roots))
        } catch {
            throw NodeRefusal("\(error)")
        }
    }
}
