import NetworkNIO
import TestSupport

extension Authority {
    /// What proves to be `name`, which is signed for it, and trusts this authority or another one.
    func security(_ name: String, trusting other: Authority? = nil) throws -> TransportSecurity {
        try TransportSecurity(
            certificate: certificate(name), key: key(name), roots: (other ?? self).roots)
    }
}
