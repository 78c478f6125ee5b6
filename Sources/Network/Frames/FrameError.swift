/// Why bytes are no frame. A stream that has had one of these has no next frame: nobody knows where
/// it would begin.
public enum FrameError: Error, Hashable, Sendable, CustomStringConvertible {
    /// More payload was announced than the limit allows; none of it was waited for.
    case tooLong(announced: Int, limit: Int)
    /// The format is of another version.
    case version(UInt8)
    /// The frame is for another cluster.
    case cluster(ClusterTag, expected: ClusterTag)
    /// The reserved bytes are not zero.
    case reserved(UInt32)
    /// The bytes are not those that were sent.
    case checksum(UInt32, announced: UInt32)

    /// What was found, and what was expected.
    public var description: String {
        switch self {
        case .tooLong(let announced, let limit):
            "a frame of \(announced) bytes of payload, where \(limit) are allowed"
        case .version(let version):
            "a frame of version \(version), where \(FrameHeader.version) is spoken"
        case .cluster(let cluster, let expected):
            "a frame for cluster \(cluster), where this is \(expected)"
        case .reserved(let bytes): "a frame whose reserved bytes are \(bytes), not 0"
        case .checksum(let found, let announced):
            "a frame whose checksum is \(found), where \(announced) was announced"
        }
    }
}
