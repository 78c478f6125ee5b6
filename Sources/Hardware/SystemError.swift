import CNilometerShims

/// An error number of the operating system.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The number, as in `errno`; positive.
    public let code: Int32

    /// The error of number `code`.
    public init(_ code: Int32) { self.code = code }

    /// The symbol and what it means: `ENOENT (No such file or directory)`.
    public var description: String {
        // The shim returns NULL or static text of the C library that is never changed or freed.
        let symbol = unsafe nilometer_errno_symbol(code).map { unsafe String(cString: $0) }
        let meaning = unsafe nilometer_errno_meaning(code).map { unsafe String(cString: $0) }
        return "\(symbol ?? "error \(code)") (\(meaning ?? "no description"))"
    }
}
