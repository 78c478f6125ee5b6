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
        switch PapiLibrary.version.flatMap({ known in
            PapiLibrary.enterThread().map { .failure($0) } ?? .success(known)
        }) {
        case .success(let known): version = .known(known, source: source)
        case .failure(let refusal):
            version = .unknown(reason: "\(refusal)", source: source)
            components = .unknown(reason: "\(refusal)", source: source)
            presets = .unknown(reason: "\(refusal)", source: source)
            return
        }
        presets = Papi.readPresets()
        components = .known(
            PapiLibrary.components,
            source: "PAPI_get_component_info")
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
