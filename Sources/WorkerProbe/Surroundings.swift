import Glibc

/// Where a worker's process finds itself.
enum Surroundings {
    /// The hardware threads that it may run on, as the kernel lists them.
    static var places: String {
        // SAFETY: the path is copied during the call.
        let file = unsafe open("/proc/self/status", O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        let lines = text(of: file).split(separator: "\n")
        let line = lines.first { $0.hasPrefix("Cpus_allowed_list:") }
        return line?.split(separator: "\t").last.map(String.init) ?? "unknown"
    }

    /// What a program that it starts finds as descriptors 3 and 4.
    static var descriptorsOfAChild: String {
        // SAFETY: the texts are copied during the call; the stream is closed once.
        guard let stream = unsafe popen("readlink /proc/self/fd/3 /proc/self/fd/4", "r") else {
            return "no child"
        }
        defer { unsafe pclose(stream) }
        return "found " + text(of: unsafe fileno(stream))
    }

    private static func text(of file: Int32) -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            // SAFETY: read stays within the array.
            let count = unsafe read(file, &chunk, chunk.count)
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk[..<count]
        }
    }
}
