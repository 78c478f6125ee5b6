/// In JSON a size is the plain number of bytes; the key it stands under says so (`totalBytes`).
extension ByteCount: Codable {
    /// Reads a number of bytes.
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(UInt64.self))
    }

    /// Writes the number of bytes.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}
