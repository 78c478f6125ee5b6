import CNilometerShims
import Glibc

/// The devices that the system's OpenCL library offers.
enum OpenCL {
    private static let source = "libOpenCL.so.1"
    /// A driver that has to compile its own kernels first has been seen to take a second.
    private static let patience: Int32 = 5000

    /// Asks the library, in a process of its own.
    static func probe() -> Fact<[Machine.OpenCLDevice]> {
        var report = [CChar](repeating: 0, count: 1 << 16)
        // The shim writes at most the capacity that it is told.
        let length = unsafe report.withUnsafeMutableBufferPointer { buffer in
            unsafe nilometer_opencl_report(buffer.baseAddress, buffer.count, patience)
        }
        guard length >= 0 else {
            let error = SystemError(Int32(-length))
            let what: String =
                switch error.code {
                case ETIMEDOUT: "the library did not answer within \(patience / 1000) s"
                case ECANCELED: "the library ended the process that asked it"
                default: "asking failed: \(error)"
                }
            return .unknown(reason: what, source: source)
        }
        let bytes = report[..<length].map { UInt8(bitPattern: $0) }
        return devices(String(decoding: bytes, as: UTF8.self))
    }

    /// Reads the shim's report (`nilometer_opencl.h`).
    static func devices(_ report: String) -> Fact<[Machine.OpenCLDevice]> {
        var devices: [Machine.OpenCLDevice] = []
        for line in report.lines {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
                .map(String.init)
            switch fields.first {
            case "missing":
                let reason = fields.dropFirst().joined(separator: " ")
                return .unknown(reason: "no OpenCL library: \(reason)", source: source)
            case "refused":
                let status = fields.dropFirst().first ?? ""
                // CL_PLATFORM_NOT_FOUND_KHR: the loader is there, and no implementation is.
                if status == "-1001" {
                    return .known([], source: "\(source): no platform is installed")
                }
                return .unknown(
                    reason: "clGetPlatformIDs gave error \(status)", source: source)
            case "device" where fields.count == 5:
                devices.append(device(fields))
            default:
                return .unknown(reason: "unexpected report '\(line)'", source: source)
            }
        }
        return .known(devices, source: source)
    }

    private static func device(_ fields: [String]) -> Machine.OpenCLDevice {
        let type = UInt64(fields[1]) ?? 0
        // Bits of cl_device_type (Khronos, cl.h).
        let kind: Machine.OpenCLDevice.Kind =
            if type & 4 != 0 { .gpu } else if type & 8 != 0 { .accelerator } else if type & 2 != 0 {
                .cpu
            } else { .other }
        let units = Int(fields[2]).flatMap { $0 > 0 ? $0 : nil }
        return Machine.OpenCLDevice(
            name: fields[3].trimmed, kind: kind, computeUnits: units, platform: fields[4].trimmed)
    }
}
