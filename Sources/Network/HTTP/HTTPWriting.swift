import CHTTPParser
import Glibc
import StateMachines

extension HTTPResponse {
    /// Adds the response as it goes over the wire to `bytes`.
    func write(to bytes: inout [UInt8], date: [UInt8], keepsAlive: Bool, withBody: Bool) {
        bytes.append(contentsOf: "HTTP/1.1 ".utf8)
        bytes.append(contentsOf: String(status).utf8)
        bytes.append(0x20)
        bytes.append(contentsOf: Self.reason(status).utf8)
        bytes.append(contentsOf: "\r\nDate: ".utf8)
        bytes.append(contentsOf: date)
        bytes.append(contentsOf: "\r\n".utf8)
        // These have no body and no length of one.
        let hasBody = status != 204 && status != 304
        if hasBody {
            bytes.append(contentsOf: "Content-Length: ".utf8)
            bytes.append(contentsOf: String(body.count).utf8)
            bytes.append(contentsOf: "\r\n".utf8)
        }
        if !keepsAlive { bytes.append(contentsOf: "Connection: close\r\n".utf8) }
        fields.write(to: &bytes)
        if hasBody, withBody { bytes.append(contentsOf: body) }
    }

    /// What a status means, in the words of the standard.
    static func reason(_ status: Int) -> String {
        // SAFETY: the library's texts are constants.
        unsafe String(cString: http_status_str(http_status(UInt32(status))))
    }
}

extension HTTPRequest {
    /// Adds the request as it goes over the wire to `bytes`.
    func write(to bytes: inout [UInt8], host: String) {
        bytes.append(contentsOf: "\(method) \(target) HTTP/1.1\r\n".utf8)
        if fields["Host"] == nil { bytes.append(contentsOf: "Host: \(host)\r\n".utf8) }
        if !body.isEmpty { bytes.append(contentsOf: "Content-Length: \(body.count)\r\n".utf8) }
        fields.write(to: &bytes)
        bytes.append(contentsOf: body)
    }
}

extension [HTTPField] {
    /// Adds the fields and the empty line behind them.
    fileprivate func write(to bytes: inout [UInt8]) {
        for field in self {
            bytes.append(contentsOf: field.name.utf8)
            bytes.append(contentsOf: ": ".utf8)
            bytes.append(contentsOf: field.value.utf8)
            bytes.append(contentsOf: "\r\n".utf8)
        }
        bytes.append(contentsOf: "\r\n".utf8)
    }
}

/// The date as messages have it, made anew once a second: `Sun, 06 Nov 1994 08:49:37 GMT`.
struct HTTPDate {
    private var made: Moment?
    private var bytes: [UInt8] = []

    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Seconds since the beginning of 1970.
    private static var now: Int {
        var time = timespec()
        // SAFETY: the structure outlives the call.
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return max(0, time.tv_sec)
    }

    /// The date, which may be as old as a second.
    mutating func text(at now: Moment) -> [UInt8] {
        if let made, now - made < .seconds(1) { return bytes }
        made = now
        bytes = Array(Self.text(of: Self.now).utf8)
        return bytes
    }

    /// The date at `seconds` since the beginning of 1970, which lie after it.
    ///
    /// Source: Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days: years begin
    /// in March, so that the day that comes and goes is the last.
    static func text(of seconds: Int) -> String {
        precondition(seconds >= 0, "a date \(-seconds) s before 1970")
        let (day, second) = seconds.quotientAndRemainder(dividingBy: 86_400)
        let shifted = day + 719_468
        let (era, dayOfEra) = shifted.quotientAndRemainder(dividingBy: 146_097)
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let dayOfMonth = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = (monthFromMarch + 2) % 12
        let year = yearOfEra + era * 400 + (month < 2 ? 1 : 0)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        // The first day of 1970 was a Thursday.
        return "\(days[(day + 4) % 7]), \(two(dayOfMonth)) \(months[month]) \(year) "
            + "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60)) GMT"
    }
}
