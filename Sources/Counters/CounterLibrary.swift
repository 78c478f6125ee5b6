import CPapi
import Hardware

/// What PAPI knows and can count here. Any thread; read once, since it does not change.
public enum CounterLibrary {
    /// A preset event of PAPI.
    public struct Preset: Codable, Hashable, Sendable {
        /// Such as `PAPI_TOT_INS`.
        public let name: String
        /// What PAPI says that it counts.
        public let summary: String
        /// Why it cannot be counted, in PAPI's words; `nil` where it can.
        public let reason: String?
    }

    /// A component of PAPI with its events.
    public struct Component: Codable, Hashable, Sendable {
        /// Such as `perf_event`.
        public let name: String
        /// Why it cannot be used, in PAPI's words; `nil` where it can.
        public let reason: String?
        /// Names of its native events; none of the software-defined ones, which come and go.
        public let events: [String]
    }

    /// All preset events that PAPI knows, or why it does not run.
    public static let presets: Result<[Preset], PapiLibrary.Refusal> = {
        if let refusal = PapiLibrary.enterThread() { return .failure(refusal) }
        var presets: [Preset] = []
        var code = nilometer_papi_presets
        // SAFETY: PAPI writes the next code over the one it is given.
        var status = unsafe PAPI_enum_event(&code, Int32(PAPI_ENUM_FIRST))
        while status == PAPI_OK {
            if let name = name(of: code) {
                presets.append(
                    Preset(name: name, summary: summary(of: code), reason: refusal(of: code)))
            }
            status = unsafe PAPI_enum_event(&code, Int32(PAPI_ENUM_EVENTS))
        }
        return .success(presets)
    }()

    /// PAPI's components with their events; none where PAPI does not run.
    public static let components: [Component] = PapiLibrary.components.enumerated().map {
        index, component in
        Component(
            name: component.name,
            reason: component.isAvailable ? nil : component.reason ?? "PAPI gives no reason",
            events: component.isAvailable && component.name != "sde"
                ? natives(of: Int32(index)) : [])
    }

    /// Whether `name` may be asked for: `nil` when there is such a counter or cannot be told, the
    /// names of which one was probably meant when there is none.
    ///
    /// - Parameter published: the software-defined events that there are.
    public static func candidates(
        for name: CounterName, published: [String]
    ) -> [String]? {
        let isKnown =
            switch name {
            case .software: true
            case .preset(let text):
                (try? presets.get())?.contains { $0.name == text } ?? true
            case .published(let text): published.contains(text)
            case .native(let text): isKnown(native: text)
            }
        guard !isKnown else { return nil }
        return CounterName.aliases.map(\.alias) + SoftwareEvent.allCases.map(\.rawValue)
            + ((try? presets.get()) ?? []).map(\.name) + published
            + components.flatMap(\.events)
    }

    /// Whether PAPI knows a native event, or the component whose it would be cannot be asked.
    private static func isKnown(native text: String) -> Bool {
        guard case .success = PapiLibrary.version else { return text.contains("::") }
        if case .success = code(of: text) { return true }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count > 3, parts[1].isEmpty, parts[2].isEmpty {
            return components.contains { $0.name == parts[0] && $0.reason != nil }
        }
        return text.contains("::") && !parts[0].isEmpty
            && components.contains { $0.name.hasPrefix("perf_event") && $0.reason != nil }
    }

    /// PAPI's code of a preset or native event. Not for software-defined events: PAPI makes one
    /// that it is asked for.
    static func code(of name: String) -> Result<Int32, PapiLibrary.Refusal> {
        if let refusal = PapiLibrary.enterThread() { return .failure(refusal) }
        var code: Int32 = 0
        // SAFETY: PAPI copies the text and writes the code during the call.
        let status = unsafe PAPI_event_name_to_code(name, &code)
        return status == PAPI_OK ? .success(code) : .failure(PapiLibrary.Refusal(status))
    }

    /// The component that counts the event of number `code`, by its index; 0, the processor's, for
    /// presets.
    static func component(of code: Int32) -> Int { max(0, Int(PAPI_get_event_component(code))) }

    /// PAPI's words on why events of component number `index` cannot be counted, if it has any.
    static func reason(against index: Int) -> String? {
        guard components.indices.contains(index), let reason = components[index].reason else {
            return nil
        }
        return "its component \(components[index].name) says '\(reason)'"
    }

    private static func refusal(of code: Int32) -> String? {
        let status = PAPI_query_event(code)
        guard status != PAPI_OK else { return nil }
        let words = "PAPI: \(PapiLibrary.Refusal(status))"
        return reason(against: 0).map { "\(words); \($0)" } ?? words
    }

    private static func natives(of component: Int32) -> [String] {
        guard PapiLibrary.enterThread() == nil else { return [] }
        var names: [String] = []
        var code = nilometer_papi_natives
        // SAFETY: as in `presets`.
        var status = unsafe PAPI_enum_cmp_event(&code, Int32(PAPI_ENUM_FIRST), component)
        while status == PAPI_OK {
            if let name = name(of: code) { names.append(name) }
            status = unsafe PAPI_enum_cmp_event(&code, Int32(PAPI_ENUM_EVENTS), component)
        }
        return names
    }

    private static func name(of code: Int32) -> String? {
        var characters = [CChar](repeating: 0, count: Int(PAPI_HUGE_STR_LEN))
        // SAFETY: PAPI writes at most PAPI_MAX_STR_LEN characters, fewer than there is room for.
        guard unsafe PAPI_event_code_to_name(code, &characters) == PAPI_OK else { return nil }
        return text(characters)
    }

    private static func summary(of code: Int32) -> String {
        var characters = [CChar](repeating: 0, count: Int(PAPI_HUGE_STR_LEN))
        // SAFETY: the size is the array's own.
        let status = unsafe nilometer_papi_describe(code, &characters, characters.count)
        return status == PAPI_OK ? text(characters) : ""
    }

    private static func text(_ characters: [CChar]) -> String {
        String(
            decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
