import CPapi
import Glibc

/// PAPI, started once for the process: its start must not be called by several threads at a time.
public enum PapiLibrary {
    /// What PAPI answers when it refuses: its number and its words.
    public struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        /// PAPI's number (`PAPI_E…`), negative; positive where the start found another version.
        public let code: Int32

        /// The refusal of number `code`.
        public init(_ code: Int32) { self.code = code }

        /// PAPI's words.
        public var description: String {
            if code > 0 { return "the library is of another version" }
            // Static text of the library, or NULL.
            return unsafe PAPI_strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
        }
    }

    /// PAPI's version once it runs and knows its threads apart, or why it does not. Any thread.
    public static let version: Result<String, Refusal> = {
        let got = PAPI_library_init(nilometer_papi_version)
        guard got == nilometer_papi_version else { return .failure(Refusal(got)) }
        // Without it PAPI takes all threads for one, and their counts for each other's.
        let threads = PAPI_thread_init { UInt(pthread_self()) }
        guard threads == PAPI_OK else { return .failure(Refusal(threads)) }
        return .success("\(got >> 24 & 0xFF).\(got >> 16 & 0xFF)")
    }()

    /// Makes the calling thread known to PAPI, once or more often. Before any other call about
    /// events: PAPI 7.0 keeps what it last looked at with the thread, and crashes where it has none.
    public static func enterThread() -> Refusal? {
        if case .failure(let refusal) = version { return refusal }
        let status = PAPI_register_thread()
        return status == PAPI_OK ? nil : Refusal(status)
    }

    /// PAPI's components, at the indices by which PAPI knows them; none where it does not run.
    public static let components: [Machine.Component] = {
        guard enterThread() == nil else { return [] }
        return (0..<PAPI_num_components()).map(component)
    }()

    private static func component(_ index: Int32) -> Machine.Component {
        // A component that starts on first use settles whether it works when its first event is
        // asked for; the answer itself is not needed.
        var code = nilometer_papi_natives
        _ = unsafe PAPI_enum_cmp_event(&code, Int32(PAPI_ENUM_FIRST), index)
        // PAPI owns the structure for as long as the process lives; it is copied here.
        guard let info = unsafe PAPI_get_component_info(index)?.pointee else {
            return Machine.Component(
                name: "component \(index)", isAvailable: false, reason: nil, eventCount: nil)
        }
        let isAvailable = info.disabled == 0
        let reason = text(info.disabled_reason)
        return Machine.Component(
            name: text(info.name), isAvailable: isAvailable, reason: reason.isEmpty ? nil : reason,
            eventCount: isAvailable && info.num_native_events >= 0
                ? Int(info.num_native_events) : nil)
    }

    /// The text in a C array, which Swift sees as a tuple of characters.
    private static func text<Characters>(_ characters: Characters) -> String {
        // A tuple of one-byte characters has no padding: its bytes are the characters.
        unsafe withUnsafeBytes(of: characters) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
