import Glibc

/// The whole content of a file, or `nil` when it cannot be read.
func content(of path: String) -> [UInt8]? {
    let file = unsafe open(path, O_RDONLY)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        // read stays within the array.
        let count = unsafe read(file, &chunk, chunk.count)
        guard count >= 0 else { return nil }
        if count == 0 { return bytes }
        bytes += chunk[..<count]
    }
}

/// Whether the file holds these bytes: for contents too long to print when they differ.
func holds(_ path: String, _ bytes: [UInt8]) -> Bool { content(of: path) == bytes }

/// Bytes that tell where in a file they belong.
func pattern(_ count: Int, salt: Int = 0) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: ($0 &* 31) ^ ($0 >> 8) ^ (salt &* 17 &+ 1)) }
}
