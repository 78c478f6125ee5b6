import Glibc

/// Another machine that can be reached by `ssh`, and where on it a server of the suite's own has its place.
public struct RemoteHost: Hashable, Sendable {
    /// `[USER@]HOST`, as `ssh` takes it.
    public let destination: String
    /// Where servers listen on it, an address of digits; nil for the one that `HOST` has here.
    public var address: String?
    /// Where the first of its servers listens; the next has the next port.
    public var port: UInt16 = 7100
    /// What is called there as `nilometer`.
    public var program = "nilometer"
    /// Below which servers have directories of their own there.
    public var directory = "/tmp"

    /// One with the usual places.
    public init(destination: String) { self.destination = destination }

    /// The hosts that a text names, a line each: a destination, and behind it any of `address=`, `port=`,
    /// `program=` and `directory=`. What follows a `#` is passed over, and so are empty lines.
    ///
    /// - Throws: what is wrong in the first line that is, and what was expected.
    public static func list(parsing text: String) throws(HostListError) -> [RemoteHost] {
        var hosts: [RemoteHost] = []
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (number, line) in lines.enumerated() {
            let words = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }
            guard !words.isEmpty else { continue }
            do throws(HostListError) {
                hosts.append(try RemoteHost(words: words.map(String.init)))
            } catch {
                throw HostListError("line \(number + 1): \(error.description)")
            }
        }
        guard !hosts.isEmpty else {
            throw HostListError("no host, expected lines of [USER@]HOST, a host each")
        }
        return hosts
    }

    private init(words: [String]) throws(HostListError) {
        let destination = words[0]
        // A word with a dash would be an option of ssh's.
        guard !destination.hasPrefix("-"), !destination.contains("="), !destination.hasSuffix("@")
        else { throw HostListError("'\(destination)', expected [USER@]HOST first") }
        self.init(destination: destination)
        var known: Set<String> = []
        for word in words.dropFirst() {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, known.insert(parts[0]).inserted else {
                throw HostListError(
                    "'\(word)', expected address=, port=, program= or directory=, each once")
            }
            try set(parts[0], to: parts[1], in: word)
        }
    }

    private mutating func set(
        _ key: String, to value: String, in word: String
    ) throws(HostListError) {
        switch key {
        case "address":
            guard Self.resolved(value, AI_NUMERICHOST) != nil else {
                throw HostListError("'\(word)', expected an address of digits")
            }
            address = value
        case "port":
            // Fifteen servers at most share a host.
            guard let number = UInt16(value), (1...65_520).contains(number) else {
                throw HostListError("'\(word)', expected a port from 1 to 65520")
            }
            port = number
        case "program": program = value
        case "directory":
            guard value.hasPrefix("/") else {
                throw HostListError("'\(word)', expected a path from the root on")
            }
            directory = value
        default:
            throw HostListError("'\(word)', expected address=, port=, program= or directory=")
        }
    }

    /// Where so many servers on these hosts listen, each host in its turn.
    ///
    /// - Throws: which host has no address here, or which address two servers would have.
    public static func addresses(
        of count: Int, on hosts: [RemoteHost]
    ) throws(HostListError) -> [String] {
        var addresses: [String] = []
        for number in 0..<count {
            let host = hosts[number % hosts.count]
            let name = host.destination.split(separator: "@").last.map(String.init) ?? ""
            guard let found = resolved(host.address ?? name, 0) else {
                throw HostListError(
                    "'\(name)' has no address here, expected one that has, or address= behind it")
            }
            let address = "\(found):\(Int(host.port) + number / hosts.count)"
            guard !addresses.contains(address) else {
                throw HostListError(
                    "servers \(addresses.firstIndex(of: address) ?? 0) and \(number) would both "
                        + "listen at \(address), expected a port= or address= that tells them apart"
                )
            }
            addresses.append(address)
        }
        return addresses
    }

    /// The first address of a name, in digits, in brackets where it is one of IPv6; nil where it has none.
    private static func resolved(_ name: String, _ flags: Int32) -> String? {
        var wanted = unsafe addrinfo()
        unsafe (wanted.ai_socktype, wanted.ai_flags) = (Int32(SOCK_STREAM.rawValue), flags)
        var list: UnsafeMutablePointer<addrinfo>?
        // SAFETY: the name is a C string for the call; the list is freed below and not used after.
        guard unsafe getaddrinfo(name, nil, &wanted, &list) == 0, let first = unsafe list else {
            return nil
        }
        defer { unsafe freeaddrinfo(list) }
        var digits = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        // SAFETY: the entry has an address of the length that it says; at most the array is written.
        let status = unsafe getnameinfo(
            first.pointee.ai_addr, first.pointee.ai_addrlen, &digits, socklen_t(digits.count), nil,
            0, NI_NUMERICHOST)
        guard status == 0 else { return nil }
        let text = String(
            decoding: digits.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.contains(":") ? "[\(text)]" : text
    }
}

/// Why hosts cannot have servers: what was found, and what was expected.
public struct HostListError: Error, Hashable, Sendable, CustomStringConvertible {
    /// In a line.
    public let description: String

    init(_ description: String) { self.description = description }
}
