import Glibc
import Testing

@testable import Hardware

/// What is found by trying: io_uring, AF_XDP, OpenCL, PAPI, PCI.
@Suite struct ProbeTests {
    @Test func `a ring that works tells its operations and features`() throws {
        let ioUring = IOUring.probe()
        let works = try #require(ioUring.works.value as Bool?)
        guard works else {
            #expect(ioUring.operations.value == nil)
            #expect(ioUring.operations.reason?.contains("io_uring is refused") == true)
            return
        }
        // Both are as old as io_uring.
        let operations = try #require(ioUring.operations.value)
        #expect(operations.starts(with: ["NOP", "READV", "WRITEV", "FSYNC"]))
        #expect(ioUring.features.value?.isEmpty == false)
        let tried = IOUring.setupFlags.map(\.name)
        let outcome =
            (ioUring.setups.value ?? []) + (ioUring.refusedSetups.value ?? []).map(\.setup)
        #expect(outcome.sorted() == tried.sorted())
    }

    @Test func `a refused ring says who refused, and nothing else is known`() async {
        // Without a free descriptor the kernel cannot make a ring.
        await #expect(processExitsWith: .success) {
            var none = rlimit(rlim_cur: 0, rlim_max: 0)
            let status = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &none)
            let ioUring = IOUring.probe()
            guard status == 0, ioUring.works.value == false,
                ioUring.works.source.contains("EMFILE"), ioUring.operations.value == nil,
                ioUring.setups.value == nil, ioUring.refusedSetups.value == nil
            else { exit(1) }
        }
    }

    @Test func `bits and codes newer than the list keep their numbers`() {
        #expect(IOUring.names(of: 0b101, from: ["A", "B", "C"]) == ["A", "C"])
        #expect(IOUring.names(of: 1 << 31, from: ["A"]) == ["BIT_31"])
        #expect(IOUring.operationName(22) == "READ")
        #expect(IOUring.operationName(47) == "SEND_ZC")
        #expect(IOUring.operationName(200) == "OP_200")
    }

    @Test func `a refusal of the caller says nothing of AF_XDP`() {
        #expect(AFXDP.answer(nil).value == true)
        #expect(AFXDP.answer(SystemError(EAFNOSUPPORT)).value == false)
        #expect(AFXDP.answer(SystemError(EPERM)).value == nil)
    }

    @Test func `OpenCL's report lists devices by kind`() {
        let report = """
            device\t4\t132\tGPU One\tVendor\ndevice\t2\t8\tpthread-cpu\tPortable
            device\t8\t0\tCard\tOther\ndevice\t1\t4\tOdd\tOther\n
            """
        let devices = OpenCL.devices(report).value
        #expect(devices?.map(\.kind) == [.gpu, .cpu, .accelerator, .other])
        #expect(devices?.map(\.computeUnits) == [132, 8, nil, 4])
        #expect(devices?.first?.name == "GPU One")
        #expect(devices?.first?.platform == "Vendor")
    }

    @Test func `a missing OpenCL library is unknown with the loader's words`() {
        let fact = OpenCL.devices("missing\tlibOpenCL.so.1: cannot open shared object file\n")
        #expect(fact.value == nil)
        #expect(fact.reason?.contains("cannot open shared object file") == true)
    }

    @Test func `a loader without platforms has no devices, and other errors are unknown`() {
        #expect(OpenCL.devices("refused\t-1001\n").value == [])
        #expect(OpenCL.devices("refused\t-6\n").reason?.contains("-6") == true)
        #expect(OpenCL.devices("noise\n").value == nil)
        #expect(OpenCL.devices("").value == [])
    }

    @Test func `asking OpenCL gives a list or a reason and leaves this process as it was`() {
        let fact = OpenCL.probe()
        #expect(fact.value != nil || fact.reason?.isEmpty == false)
        #expect(fact.source.contains("libOpenCL.so.1"))
    }

    private func device(_ classCode: UInt16, _ vendor: UInt16, _ number: UInt16) -> PCIDevice {
        PCIDevice(
            address: PCIAddress(domain: 0, bus: 0x3B, device: 0, function: 1),
            classCode: classCode, vendor: vendor, device: number, name: "", node: nil)
    }

    @Test func `PCI devices are told apart by class, identity and driver`() {
        typealias Kind = Machine.Accelerator.Kind
        let cases: [(UInt16, UInt16, UInt16, String?, Kind?)] = [
            (0x0302, 0x10DE, 0x2330, "nvidia", .gpu),
            (0x0300, 0x8086, 0x4680, "i915", .gpu),
            (0x0300, 0x1A03, 0x2000, "ast", .display),
            (0x0300, 0x1234, 0x1111, nil, .display),
            (0x0B40, 0x8086, 0x4940, "4xxx", .qat),
            (0x0B40, 0x8086, 0xFFFF, "qat_new", .qat),
            (0x0200, 0x15B3, 0xA2DC, "mlx5_core", .dpu),
            (0x0200, 0x15B3, 0x1021, "mlx5_core", nil),
            (0x0801, 0x15B3, 0xA2DC, nil, nil),
            (0x1200, 0x10EE, 0x5000, "xocl", .fpga),
            (0x1200, 0x8086, 0xBCCE, "dfl-pci", .fpga),
            (0x1200, 0x1DA3, 0x1020, "habanalabs", .processing),
            (0x0880, 0x1D0F, 0x7364, "neuron", .processing),
            (0x0108, 0x144D, 0xA80A, "nvme", nil),
            (0x0403, 0x10DE, 0x22BE, "snd_hda_intel", nil),
        ]
        for (classCode, vendor, number, driver, kind) in cases {
            let found = Kind(device(classCode, vendor, number), driver: driver)
            #expect(found == kind, "\(hexadecimal(vendor, 4)):\(hexadecimal(number, 4))")
        }
    }

    @Test func `an address prints as the kernel writes it`() {
        let address = device(0, 0, 0).address
        #expect("\(address)" == "0000:3b:00.1")
        #expect(address.card == "0000:3b:00")
    }

    private func accelerators(
        _ devices: Fact<[Machine.Accelerator]>, _ openCL: Fact<[Machine.OpenCLDevice]>
    ) -> Machine.Accelerators {
        Machine.Accelerators(devices: devices, openCL: openCL)
    }

    @Test func `a card that is in both lists, or has several functions, counts once`() {
        let cards = Fact.known(
            [
                Machines.gpu("0000:17:00.0"), Machines.gpu("0000:17:00.1"),
                Machines.gpu("0000:65:00.0"),
            ], source: "test")
        let offered = Fact.known(
            [
                Machine.OpenCLDevice(name: "a", kind: .gpu, computeUnits: 1, platform: "p"),
                Machine.OpenCLDevice(name: "b", kind: .cpu, computeUnits: 1, platform: "q"),
            ], source: "test")
        #expect(accelerators(cards, offered).deviceCount.value == 2)
        #expect(accelerators(.known([], source: "x"), offered).deviceCount.value == 1)
        #expect(accelerators(.notRunning, offered).deviceCount.value == 1)
        #expect(accelerators(cards, .notRunning).deviceCount.value == 2)
        #expect(accelerators(.notRunning, .notRunning).deviceCount.value == nil)
    }

    @Test func `a console adapter is no device to give work to`() {
        var console = Machines.gpu("0000:03:00.0")
        console.kind = .display
        let only = accelerators(.known([console], source: "test"), .notRunning)
        #expect(only.deviceCount.value == 0)
    }

    @Test func `without hardware events PAPI's own words say why`() {
        let component = Machine.Component(
            name: "perf_event", isAvailable: false, reason: "no default PMU found", eventCount: nil)
        let papi = Papi(
            version: .known("7.0", source: "test"),
            components: .known([component], source: "test"),
            presets: .known(Papi.Presets(available: [], all: 108), source: "test"))
        let events = papi.hardwareEvents(kernelSources: .known(["software"], source: "test"))
        #expect(events.value == nil)
        #expect(events.reason?.contains("none of its 108") == true)
        #expect(events.reason?.contains("no default PMU found") == true)
        #expect(events.reason?.contains("no counting unit of the processor") == true)
    }

    @Test func `hardware events that can be counted are listed`() {
        let papi = Papi(
            version: .known("7.0", source: "test"), components: .known([], source: "test"),
            presets: .known(Papi.Presets(available: ["PAPI_TOT_CYC"], all: 108), source: "test"))
        #expect(papi.hardwareEvents(kernelSources: .notRunning).value == ["PAPI_TOT_CYC"])
    }

    @Test func `PAPI answers with its components`() throws {
        let papi = Papi.shared
        let components = try #require(papi.components.value)
        #expect(components.contains { $0.name == "perf_event" })
        for component in components where !component.isAvailable {
            #expect(component.eventCount == nil)
        }
    }
}
