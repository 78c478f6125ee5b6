import CPapi
import Hardware

/// Events of one component of PAPI that its hardware counts at the same time: an event set of the
/// thread that started it.
final class PapiGroup: CounterGroup {
    private var set = nilometer_papi_null
    private(set) var members: [CounterName] = []
    private var values: [Int64] = []

    init() throws(CounterRefusal) {
        if let refusal = PapiLibrary.enterThread() { throw CounterRefusal("PAPI: \(refusal)") }
        // SAFETY, here and below: PAPI writes the set's number over the variable.
        let status = unsafe PAPI_create_eventset(&set)
        guard status == PAPI_OK else {
            throw CounterRefusal("PAPI_create_eventset: \(PapiLibrary.Refusal(status))")
        }
    }

    deinit {
        PAPI_cleanup_eventset(set)
        unsafe PAPI_destroy_eventset(&set)
    }

    /// Adds an event that PAPI knows by `name`.
    func add(_ name: CounterName) throws(CounterRefusal) {
        // SAFETY: PAPI copies the text during the call.
        let status = unsafe PAPI_add_named_event(set, name.description)
        guard status == PAPI_OK else {
            throw CounterRefusal("PAPI: \(PapiLibrary.Refusal(status))")
        }
        members.append(name)
        values.append(0)
    }

    func start() throws(CounterRefusal) {
        let status = PAPI_start(set)
        guard status == PAPI_OK else {
            throw CounterRefusal("PAPI_start: \(PapiLibrary.Refusal(status))")
        }
    }

    func stop() {
        // SAFETY: there is a value for each member.
        _ = unsafe values.withUnsafeMutableBufferPointer { buffer in
            unsafe PAPI_stop(set, buffer.baseAddress)
        }
    }

    func read() -> [Int64?] {
        // SAFETY: there is a value for each member.
        let status = unsafe values.withUnsafeMutableBufferPointer { buffer in
            unsafe PAPI_read(set, buffer.baseAddress)
        }
        return status == PAPI_OK ? values : values.map { _ in nil }
    }
}
