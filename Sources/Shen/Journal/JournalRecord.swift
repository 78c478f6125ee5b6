/// A record that a state machine wants durable, as bytes.
public protocol JournalRecord: Sendable {
    /// Appends the record's bytes.
    func encode(into bytes: inout [UInt8])

    /// The record that `encode` made these bytes of; `nil` for any others.
    init?(journal bytes: Swift.Span<UInt8>)
}
