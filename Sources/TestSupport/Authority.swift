public import Foundation

/// Signs certificates for tests, by the openssl command: others' code, so that what the library of
/// this package takes and refuses is not judged by itself.
public final class Authority: Sendable {
    /// Where openssl is; nil where it is not installed.
    public static let openssl: String? = ["/usr/bin/openssl", "/usr/local/bin/openssl"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// Whether certificates can be made here.
    public static var isHere: Bool { openssl != nil }

    private let directory = TemporaryDirectory()

    /// A new authority, whose root is in ``roots``.
    ///
    /// - Throws: where openssl would not have it.
    public init() throws {
        try openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "2", "-subj", "/CN=root", "-keyout", path("root.key"), "-out", roots)
        // What openssl's own authority wants to keep its books by.
        try Data().write(to: URL(fileURLWithPath: path("index.txt")))
        try Data(
            """
            [ca]
            default_ca = books
            [books]
            database = \(path("index.txt"))
            new_certs_dir = \(directory.path)
            rand_serial = yes
            default_md = sha256
            unique_subject = no
            policy = any
            copy_extensions = copy
            [any]
            commonName = supplied

            """.utf8
        ).write(to: URL(fileURLWithPath: path("books.conf")))
    }

    /// The file of the authority's own certificate.
    public var roots: String { path("root.pem") }

    /// The path of a file beside it.
    public func path(_ name: String) -> String { directory.file(name) }

    /// The file of the certificate that was signed for `name`.
    public func certificate(_ name: String) -> String { path("\(name).pem") }

    /// The file of the key that belongs to it.
    public func key(_ name: String) -> String { path("\(name).key") }

    /// Signs a certificate for `name` and `others`, valid today or, where it has expired, two years
    /// ago.
    ///
    /// - Throws: where openssl would not have it.
    public func sign(_ name: String, _ others: [String] = [], hasExpired: Bool = false) throws {
        let names = ([name] + others).map { "DNS:\($0)" }.joined(separator: ",")
        try openssl(
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-subj", "/CN=\(name)", "-addext", "subjectAltName=\(names)", "-keyout", key(name),
            "-out", path("\(name).csr"))
        let dates =
            hasExpired
            ? ["-startdate", "20240101000000Z", "-enddate", "20240102000000Z"] : ["-days", "2"]
        try openssl(
            ["ca", "-batch", "-notext", "-config", path("books.conf"), "-cert", roots, "-keyfile"]
                + [path("root.key"), "-in", path("\(name).csr"), "-out", certificate(name)]
                + dates)
    }

    private func openssl(_ arguments: String...) throws { try openssl(arguments) }

    private func openssl(_ arguments: [String]) throws {
        let command = try Command(arguments)
        let said = command.outcome()
        guard command.process.terminationStatus == 0 else {
            throw Refusal(description: "openssl \(arguments.joined(separator: " ")): \(said)")
        }
    }

    /// Why openssl did not do what it was asked to.
    public struct Refusal: Error, CustomStringConvertible {
        /// What it was asked, and what it said.
        public let description: String
    }

    /// The openssl command, running.
    public struct Command {
        /// Its process.
        public let process = Process()
        /// Its standard input.
        public let input = Pipe()
        private let output = Pipe()

        /// Starts it.
        ///
        /// - Throws: where it cannot be started.
        public init(_ arguments: [String]) throws {
            guard let openssl = Authority.openssl else {
                throw Refusal(description: "openssl is not installed")
            }
            process.executableURL = URL(fileURLWithPath: openssl)
            process.arguments = arguments
            process.standardInput = input
            process.standardOutput = output
            process.standardError = output
            try process.run()
        }

        /// Waits for its end; what it said.
        public func outcome() -> String {
            try? input.fileHandleForWriting.close()
            let said = output.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return String(decoding: said, as: UTF8.self)
        }
    }
}
