import CPapi

/// What PAPI offers in this process.
struct Papi: Sendable {
    /// The preset events that can be counted, and how many PAPI knows in all.
    struct Presets: Sendable {
        var available: [String]
        var all: Int
    }

    /// PAPI's version.
    let version: Fact<String>
    /// Its components.
    let components: Fact<[Machine.Component]>
    /// Its preset events.
    let presets: Fact<Presets>

    /// PAPI is asked once: it must not be initialised by several threads at a time, and what it
    /// finds does not change while the process runs.
    static let shared = Papi()

    /// A PAPI that gave these answers.
    init(
        version: Fact<String>, components: Fact<[Machine.Component]>, presets: Fact<Presets>
    ) {
        self.version = version
        self.components = components
        self.presets = presets
    }

    private init() {
        let source = "PAPI_library_init"
        let got = PAPI_library_init(nilometer_papi_version)
        guard got == nilometer_papi_version else {
            // Static text of the library, or NULL.
            let words = unsafe PAPI_strerror(got).map { unsafe String(cString: $0) }
            let reason = got > 0 ? "the library is of another version" : words ?? "error \(got)"
            version = .unknown(reason: reason, source: source)
            components = .unknown(reason: reason, source: source)
            presets = .unknown(reason: reason, source: source)
            return
        }
        version = .known("\(got >> 24 & 0xFF).\(got >> 16 & 0xFF)", source: source)
        presets = Papi.readPresets()
        components = .known(
            (0..<PAPI_num_components()).compactMap(Papi.component),
            source: "PAPI_get_component_info")
    }

    private static func component(_ index: Int32) -> Machine.Component? {
        // A component that starts on first use settles whether it works when its first event is
        // asked for; the answer itself is not needed.
        var code = nilometer_papi_natives
        _ = unsafe PAPI_enum_cmp_event(&code, Int32(PAPI_ENUM_FIRST), index)
        // PAPI owns the structure for as long as the process lives; it is copied here.
        guard let info = unsafe PAPI_get_component_info(index)?.pointee else { return nil }
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

    private static func readPresets() -> Fact<Presets> {
        let source = "PAPI_query_event"
        var presets = Presets(available: [], all: 0)
        var code = nilometer_papi_presets
        // PAPI writes the next code over the one it is given.
        var status = unsafe PAPI_enum_event(&code, Int32(PAPI_ENUM_FIRST))
        while status == PAPI_OK {
            presets.all += 1
            if PAPI_query_event(code) == PAPI_OK { presets.available.append(name(of: code)) }
            status = unsafe PAPI_enum_event(&code, Int32(PAPI_ENUM_EVENTS))
        }
        return presets.all == 0
            ? .unknown(reason: "PAPI lists no preset events", source: source)
            : .known(presets, source: source)
    }

    private static func name(of code: Int32) -> String {
        var characters = [CChar](repeating: 0, count: Int(PAPI_MAX_STR_LEN))
        // PAPI writes at most PAPI_MAX_STR_LEN characters.
        guard unsafe PAPI_event_code_to_name(code, &characters) == PAPI_OK else {
            return "0x" + hexadecimal(UInt32(bitPattern: code), 8)
        }
        return String(
            decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The hardware events that can be counted. Where there are none, that is no list but a want,
    /// and the reason is PAPI's where it gives one.
    func hardwareEvents(kernelSources: Fact<[String]>) -> Fact<[String]> {
        presets.flatMap { presets in
            if !presets.available.isEmpty {
                return .known(presets.available, source: self.presets.source)
            }
            var reason = "PAPI can count none of its \(presets.all) preset events"
            let processor = components.value?.first { $0.name == "perf_event" }
            if let words = processor?.reason {
                reason += "; its component perf_event says '\(words)'"
            }
            if let sources = kernelSources.value, !sources.contains(where: Papi.isProcessorUnit) {
                reason += "; the kernel has no counting unit of the processor"
            }
            return .unknown(reason: reason, source: self.presets.source)
        }
    }

    /// The names under which kernels list the processor's own counting unit: `cpu`, on hybrid
    /// processors `cpu_core` and `cpu_atom`, on Arm `armv8_pmuv3_0` and the like.
    private static func isProcessorUnit(_ name: String) -> Bool {
        name == "cpu" || name.hasPrefix("cpu_") || name.hasPrefix("armv")
    }
}
