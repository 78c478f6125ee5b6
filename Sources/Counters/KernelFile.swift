import Glibc

/// The kernel's text files, read without Foundation: a reading must be cheap.
public enum KernelFile {
    /// The text at `path`, at most the first `most` bytes of it; `nil` where it cannot be read.
    ///
    /// An empty file gives `nil` too: the kernel has nothing to say in it.
    public static func text(of path: String, most: Int = 16 << 20) -> String? {
        // SAFETY: the path is copied by the kernel during the call.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: min(most, 1 << 16))
        while bytes.count < most {
            // SAFETY: the buffer is valid for the closure, and its own size is passed.
            let got = unsafe chunk.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            }
            if got < 0, errno == EINTR { continue }
            if got < 0 { return nil }
            if got == 0 { break }
            bytes.append(contentsOf: chunk[..<got])
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }
}
