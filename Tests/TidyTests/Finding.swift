/// One place that breaks a rule of the house.
struct Finding: Equatable, CustomStringConvertible {
    let path: String
    /// Counted from 1; 0 where the whole file or directory is meant.
    let line: Int
    let message: String

    var description: String {
        line == 0 ? "\(path): \(message)" : "\(path):\(line): \(message)"
    }
}
