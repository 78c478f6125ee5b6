import CPeerRings
import Foundation
import Glibc

/// The rings of Rust, in a library that `Scripts/build-rust-peers` builds: it is no part of this build,
/// which needs no Rust, and is loaded where it is found.
enum RustRings {
    /// The contenders that such a library may have, so that a workload can name them where it is not
    /// there; each stands beside the engine's channels of several producers.
    static let names = [
        "ArrayQueue", "crossbeam", "crossbeam-spin", "crossbeam-unbounded", "flume",
    ]

    /// The library's file.
    static let file = "libnilometer_rust_peers.so"
    /// The variable of the environment that says where it is.
    static let variable = "NILOMETER_RUST_PEERS"
    /// What the library exports: a function without arguments that gives its interface.
    static let symbol = "nilometer_rust_rings"

    /// Why there are none.
    enum Absence: Error, Equatable, CustomStringConvertible {
        /// There is no such file in any of the places.
        case notBuilt(places: [String])
        /// The file cannot be loaded; what the loader says.
        case notLoaded(path: String, reason: String)
        /// It is no such library, or one for another version of the suite.
        case another(path: String, version: UInt32?)
        /// The library was built without the ring.
        case without(ring: String, path: String)

        var description: String {
            switch self {
            case .notBuilt(let places):
                "\(file) is not in \(places.joined(separator: ", ")); "
                    + "Scripts/build-rust-peers builds it where there is a Rust compiler"
            case .notLoaded(let path, let reason): "\(path) cannot be loaded: \(reason)"
            case .another(let path, let version?):
                "\(path) has version \(version) of the interface, expected "
                    + "\(PEER_RING_INTERFACE_VERSION): build it again by Scripts/build-rust-peers"
            case .another(let path, nil): "\(path) does not export \(symbol)"
            case .without(let ring, let path):
                "\(path) was built without \(ring): its crate was not installed"
            }
        }
    }

    /// Where a library is looked for: what the environment names, and only that where it does; beside
    /// the executable; and in the user's data (`$XDG_DATA_HOME/nilometer`, or below `~/.local/share`:
    /// XDG Base Directory Specification 0.8).
    static func places(_ environment: [String: String], executable: String?) -> [String] {
        if let named = environment[variable], !named.isEmpty { return [named] }
        var places: [String] = []
        if let executable {
            let folder = URL(fileURLWithPath: executable).deletingLastPathComponent().path
            places.append("\(folder)/\(file)")
        }
        let named = environment["XDG_DATA_HOME"] ?? ""
        if named.hasPrefix("/") {
            places.append("\(named)/nilometer/\(file)")
        } else if let home = environment["HOME"], home.hasPrefix("/") {
            places.append("\(home)/.local/share/nilometer/\(file)")
        }
        return places
    }

    /// The library of this process, loaded when it is first asked for.
    static let library: Result<(library: PeerRingLibrary, path: String), Absence> = {
        let executable = try? FileManager.default.destinationOfSymbolicLink(
            atPath: "/proc/self/exe")
        return load(places(ProcessInfo.processInfo.environment, executable: executable))
    }()

    /// The first of the files that exists, loaded. It stays loaded.
    static func load(
        _ places: [String]
    ) -> Result<(library: PeerRingLibrary, path: String), Absence> {
        guard let path = places.first(where: FileManager.default.fileExists(atPath:)) else {
            return .failure(.notBuilt(places: places))
        }
        // SAFETY: loading runs the constructors of the library, which the user has built and named.
        guard let handle = unsafe dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            // SAFETY: the message is copied before another call may replace it.
            let reason = unsafe dlerror().map { unsafe String(cString: $0) } ?? "no reason given"
            return .failure(.notLoaded(path: path, reason: reason))
        }
        guard let address = unsafe dlsym(handle, symbol) else {
            return .failure(.another(path: path, version: nil))
        }
        typealias Entry = @convention(c) () -> UnsafePointer<peer_ring_interface>?
        // SAFETY: a library that exports the symbol exports this function; its first word is the
        // version, in every version.
        let entry = unsafe unsafeBitCast(address, to: Entry.self)
        guard let functions = unsafe entry() else {
            return .failure(.another(path: path, version: nil))
        }
        let version = unsafe functions.pointee.version
        guard version == PEER_RING_INTERFACE_VERSION else {
            return .failure(.another(path: path, version: version))
        }
        return .success((unsafe PeerRingLibrary(functions), path))
    }

    /// The ring called `name`.
    static func ring(
        _ name: String
    ) -> Result<(ring: PeerRing, library: PeerRingLibrary), Absence> {
        library.flatMap { found in
            guard let ring = found.library.rings.first(where: { $0.name == name }) else {
                return .failure(.without(ring: name, path: found.path))
            }
            return .success((ring, found.library))
        }
    }
}
