import FuzzTargets
import Glibc

// With `-D FUZZING --sanitize fuzzer` the program is a fuzzer: libFuzzer brings `main`, and calls what follows.
// Without, it reads the inputs that it is given, one after the other.
#if FUZZING

    /// The target that the environment names.
    private let target: FuzzTarget = {
        let name = environment("NILOMETER_FUZZ_TARGET") ?? ""
        guard let target = FuzzTarget(rawValue: name) else {
            let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
            fail("NILOMETER_FUZZ_TARGET: '\(name)', expected one of \(names)")
        }
        return target
    }()

    /// Reads an input; what contradicts itself ends the process.
    @_cdecl("LLVMFuzzerTestOneInput")
    public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        // SAFETY: the fuzzer's buffer has so many bytes, for as long as the call takes.
        target.read(unsafe [UInt8](UnsafeBufferPointer(start: start, count: count)))
        return 0
    }

    /// Writes the target's seeds into the directory that the environment names, and ends, where it names one.
    @_cdecl("LLVMFuzzerInitialize")
    public func initialize(_ count: UnsafeMutableRawPointer?, _ words: UnsafeMutableRawPointer?)
        -> CInt
    {
        guard let directory = environment("NILOMETER_FUZZ_SEEDS") else { return 0 }
        do {
            for (number, seed) in try target.seeds().enumerated() {
                write(seed, to: "\(directory)/\(target.rawValue)-seed-\(number)")
            }
        } catch {
            fail("\(error)")
        }
        exit(0)
    }

    private func environment(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }

    private func write(_ bytes: [UInt8], to path: String) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        // SAFETY: as many bytes as there are are written.
        let count = unsafe bytes.withUnsafeBytes {
            unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
        }
        guard descriptor >= 0, count == bytes.count else { fail("cannot write '\(path)'") }
        close(descriptor)
    }

#else

    /// `FuzzProbe [TARGET [FILE...]]`: reads each file as an input of the target, or what the target's own
    /// writers write, or that of all targets.
    @main struct Replay {
        static func main() throws {
            let words = CommandLine.arguments.dropFirst()
            guard let name = words.first else {
                for target in FuzzTarget.allCases { read(try target.seeds(), by: target) }
                return
            }
            guard let target = FuzzTarget(rawValue: name) else {
                let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: "|")
                fail("usage: FuzzProbe [\(names) [FILE...]]")
            }
            let paths = words.dropFirst()
            read(paths.isEmpty ? try target.seeds() : paths.map(content), by: target)
        }

        private static func read(_ inputs: [[UInt8]], by target: FuzzTarget) {
            for input in inputs { target.read(input) }
            say("\(target.rawValue): \(inputs.count) inputs read", to: STDOUT_FILENO)
        }

        private static func content(of path: String) -> [UInt8] {
            let descriptor = unsafe open(path, O_RDONLY)
            guard descriptor >= 0 else { fail("cannot read '\(path)': errno \(errno)") }
            defer { close(descriptor) }
            let size = Int(lseek(descriptor, 0, SEEK_END))
            // SAFETY: the buffer has `size` bytes, and what was read of them is initialised.
            return unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                count = max(0, unsafe pread(descriptor, buffer.baseAddress, size, 0))
            }
        }
    }

#endif

private func fail(_ line: String) -> Never {
    say(line, to: STDERR_FILENO)
    exit(2)
}

private func say(_ line: String, to descriptor: Int32) {
    let bytes = Array("FuzzProbe: \(line)\n".utf8)
    // SAFETY: as many bytes as there are are written.
    _ = unsafe bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
}
