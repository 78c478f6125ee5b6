import Glibc

/// Sockets that share their rings with the network driver (Linux Documentation/networking/af_xdp).
enum AFXDP {
    /// The address family's number, which Glibc's headers may be too old to name.
    private static let family: Int32 = 44

    /// Makes such a socket and closes it.
    static func probe() -> Fact<Bool> {
        let descriptor = socket(family, Int32(SOCK_RAW.rawValue), 0)
        guard descriptor >= 0 else { return answer(SystemError(errno)) }
        close(descriptor)
        return answer(nil)
    }

    /// What the kernel's answer means: a refusal of the caller says nothing about the kernel.
    static func answer(_ error: SystemError?) -> Fact<Bool> {
        let source = "socket(AF_XDP)"
        guard let error else { return .known(true, source: source) }
        return error.code == EAFNOSUPPORT
            ? .known(false, source: "\(source): \(error)")
            : .unknown(reason: error.description, source: source)
    }
}
