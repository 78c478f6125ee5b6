import Foundation
import Testing

@testable import Benchmarks

/// The library of Rust's channels is found where it is said to be, and missed with a reason.
@Suite struct RustRingsTests {
    @Test func `the environment names the one place, and else there are two`() {
        #expect(
            RustRings.places([RustRings.variable: "/a/b.so"], executable: "/x/y") == ["/a/b.so"])
        #expect(
            RustRings.places(["XDG_DATA_HOME": "/data", "HOME": "/people/one"], executable: "/x/y")
                == ["/x/\(RustRings.file)", "/data/nilometer/\(RustRings.file)"])
        #expect(
            RustRings.places(["HOME": "/people/one"], executable: nil)
                == ["/people/one/.local/share/nilometer/\(RustRings.file)"])
        #expect(RustRings.places(["XDG_DATA_HOME": "relative"], executable: nil) == [])
    }

    @Test func `a library that is not there is missed with the places and the remedy`() throws {
        let path = "/tmp/nilometer-no-such-\(UUID().uuidString).so"
        guard case .failure(let absence) = RustRings.load([path]) else {
            Issue.record("\(path) was loaded")
            return
        }
        #expect(absence == .notBuilt(places: [path]))
        #expect("\(absence)".contains(path) && "\(absence)".contains("Scripts/build-rust-peers"))
    }

    @Test func `a file that is no library is refused with the loader's reason`() throws {
        let path = "/tmp/nilometer-no-library-\(UUID().uuidString).so"
        try "no library".write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        guard case .failure(.notLoaded(let found, let reason)) = RustRings.load([path]) else {
            Issue.record("\(path) was loaded")
            return
        }
        #expect(found == path && !reason.isEmpty)
    }

    /// A library that every program has, and that has no channels.
    private static let other = [
        "/lib/x86_64-linux-gnu/libm.so.6", "/lib/aarch64-linux-gnu/libm.so.6",
    ].first(where: FileManager.default.fileExists(atPath:))

    @Test(.enabled(if: other != nil, "needs the C library's libm where Debian has it"))
    func `a library of something else is refused`() throws {
        let path = try #require(Self.other)
        guard case .failure(let absence) = RustRings.load([path]) else {
            Issue.record("\(path) was taken for channels")
            return
        }
        #expect(absence == .another(path: path, version: nil))
    }

    @Test(.enabled(if: (try? RustRings.library.get()) != nil, "needs Scripts/build-rust-peers"))
    func `every ring of the library is one that workloads may name`() throws {
        let found = try RustRings.library.get()
        #expect(found.library.build.hasPrefix("Rust, rustc "))
        for ring in found.library.rings {
            // The version that it was built from.
            let version = try #require(ring.library.split(separator: " ").last)
            #expect(ring.library.contains(", ") && version.first?.isNumber == true)
            #expect(RustRings.names.contains(ring.name))
            #expect(ring.isPeer(of: .mpsc) && ring.isPeer(of: .mpmc) && !ring.isPeer(of: .spsc))
        }
    }
}
