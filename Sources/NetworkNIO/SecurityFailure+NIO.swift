import Glibc
import NIOCore
import NIOSSL
import Network
import Storage

extension SecurityFailure {
    /// What the library's error says of the peer; nil where it is about something else.
    init?(_ error: any Error) {
        switch error {
        case NIOSSLError.uncleanShutdown: self = .truncated
        case let error as NIOSSLError: self.init(words: Self.words(of: error))
        case let error as BoringSSLError: self.init(words: Self.words(of: error))
        case let error as NIOSSLExtraError: self = .broken("\(error)")
        default: return nil
        }
    }

    /// The failure that the library's word stands for.
    ///
    /// Source: the names in BoringSSL's `crypto/err/ssl.errordata`; those of alerts say which side
    /// could not go on.
    init(words: String) {
        switch words {
        case "PEER_DID_NOT_RETURN_A_CERTIFICATE": self = .noCertificate
        case "CERTIFICATE_VERIFY_FAILED": self = .untrusted
        case "UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION": self = .version
        default:
            if let range = words.firstRange(of: "_ALERT_") {
                self = .refused(alert: String(words[range.upperBound...]))
            } else {
                self = .broken(words)
            }
        }
    }

    /// What the library says, without its source files' names and numbers.
    static func words(of error: any Error) -> String {
        switch error {
        case NIOSSLError.handshakeFailed(let inner): words(of: inner)
        case BoringSSLError.sslError(let stack), BoringSSLError.unknownError(let stack):
            stack.first.map { word(in: "\($0)") } ?? "\(error)"
        default: "\(error)"
        }
    }

    /// The reason's name in a line such as
    /// `Error: 268435581 error:1000007d:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED at …`.
    private static func word(in line: String) -> String {
        guard let range = line.firstRange(of: "OPENSSL_internal:") else { return line }
        return String(line[range.upperBound...].prefix { $0 != " " })
    }
}

extension ClosureReason {
    /// Why a connection of the library's is over.
    init(_ error: any Error) {
        if let failure = SecurityFailure(error) {
            self = .insecure(failure)
        } else if let error = error as? IOError, error.errnoCode > 0 {
            self = .failed(ErrorNumber(code: error.errnoCode))
        } else if case ChannelError.connectTimeout = error {
            self = .connectDeadline
        } else {
            self = .failed(ErrorNumber(code: ECONNABORTED))
        }
    }
}

extension PeerIdentity {
    /// Whom a certificate names.
    init(_ certificate: NIOSSLCertificate) {
        self.init(
            names: certificate._subjectAlternativeNames().filter { $0.nameType == .dnsName }.map {
                // SAFETY: the bytes are copied while the certificate's names hold them.
                unsafe $0.contents.withUnsafeBufferPointer {
                    unsafe String(decoding: $0, as: UTF8.self)
                }
            })
    }
}
