import NIOCore
import NIOSSL
import Network

/// Why connections cannot be proved and encrypted with these files.
public enum TransportSecurityError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file is no chain of certificates in PEM.
    case certificate(path: String, String)
    /// The file is no private key in PEM.
    case key(path: String, String)
    /// The file is no certificates in PEM.
    case roots(path: String, String)
    /// The certificate and the key are not of a pair.
    case pair(certificate: String, key: String, String)

    /// What was found where, and what was expected.
    public var description: String {
        switch self {
        case .certificate(let path, let words):
            "'\(path)': no chain of certificates in PEM: \(words)"
        case .key(let path, let words): "'\(path)': no private key in PEM: \(words)"
        case .roots(let path, let words): "'\(path)': no certificates in PEM: \(words)"
        case .pair(let certificate, let key, let words):
            "'\(certificate)' and '\(key)' do not belong together: \(words)"
        }
    }
}

/// How this side proves who it is, and whom it believes: TLS 1.3 or later, where both ends show a
/// certificate and check the other's.
///
/// Whom a certificate names is not judged here: who listens cannot know whom to expect before the
/// peer has said more. `EventLoop.identity(of:)` gives the names (subject alternative names of the
/// DNS kind) for those above to compare.
public struct TransportSecurity: Sendable {
    let server: NIOSSLContext
    let client: NIOSSLContext

    /// Reads the files: this side's certificate with those between it and a root, its key without a
    /// passphrase, and the roots that peers' certificates have to lead to; all in PEM.
    ///
    /// - Throws: which of the files is not what it should be.
    public init(
        certificate: String, key: String, roots: String
    ) throws(TransportSecurityError) {
        let chain = try Self.certificates(certificate) { .certificate(path: certificate, $0) }
        let trusted = try Self.certificates(roots) { .roots(path: roots, $0) }
        let secret: NIOSSLPrivateKey
        do {
            secret = try NIOSSLPrivateKey(file: key, format: .pem)
        } catch {
            throw .key(path: key, SecurityFailure.words(of: error))
        }
        do {
            server = try NIOSSLContext(
                configuration: Self.strict(
                    .makeServerConfigurationWithMTLS(
                        certificateChain: chain.map { .certificate($0) },
                        privateKey: .privateKey(secret), trustRoots: .certificates(trusted))))
            var calling = TLSConfiguration.makeClientConfiguration()
            calling.certificateChain = chain.map { .certificate($0) }
            calling.privateKey = .privateKey(secret)
            calling.trustRoots = .certificates(trusted)
            calling.certificateVerification = .noHostnameVerification
            client = try NIOSSLContext(configuration: Self.strict(calling))
        } catch {
            throw .pair(certificate: certificate, key: key, SecurityFailure.words(of: error))
        }
    }

    private static func certificates(
        _ path: String, _ refusal: (String) -> TransportSecurityError
    ) throws(TransportSecurityError) -> [NIOSSLCertificate] {
        let found: [NIOSSLCertificate]
        do {
            found = try NIOSSLCertificate.fromPEMFile(path)
        } catch {
            throw refusal(SecurityFailure.words(of: error))
        }
        guard !found.isEmpty else { throw refusal("there are none in it") }
        return found
    }

    /// What holds for both sides.
    private static func strict(_ configuration: TLSConfiguration) -> TLSConfiguration {
        var made = configuration
        made.minimumTLSVersion = .tlsv13
        // How long the peer's last word is waited for.
        made.shutdownTimeout = .seconds(1)
        return made
    }
}
