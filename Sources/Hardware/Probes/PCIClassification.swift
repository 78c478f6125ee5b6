/// Which PCI devices compute. Classes are those of the PCI Code and ID Assignment Specification,
/// identities those of the PCI ID Repository.
extension Machine.Accelerator.Kind {
    /// What a device is, by class, identity and driver; `nil` when it does not compute.
    init?(_ device: PCIDevice, driver: String?) {
        let driver = driver ?? ""
        let identity = UInt32(device.vendor) << 16 | UInt32(device.device)
        let baseClass = device.classCode >> 8
        if Self.isQAT(device, driver: driver) {
            self = .qat
        } else if Self.fpgaVendors.contains(device.vendor) || Self.fpgas.contains(identity)
            || Self.fpgaDrivers.contains(driver)
        {
            self = .fpga
        } else if baseClass == 0x02, Self.dpus.contains(identity) || device.vendor == Self.pensando
        {
            self = .dpu
        } else if baseClass == 0x03 {
            self = Self.consoleVendors.contains(device.vendor) ? .display : .gpu
        } else if baseClass == 0x12 || Self.processors.contains(identity) {
            self = .processing
        } else {
            return nil
        }
    }

    /// QuickAssist has the class of a co-processor, and virtual functions with numbers of their own.
    private static func isQAT(_ device: PCIDevice, driver: String) -> Bool {
        guard device.vendor == 0x8086 else { return false }
        let functions: Set<UInt16> = [
            0x0435, 0x0443, 0x37C8, 0x37C9, 0x19E2, 0x19E3, 0x6F54, 0x6F55, 0x4940, 0x4941, 0x4942,
            0x4943, 0x4944, 0x4945, 0x4946, 0x4947,
        ]
        let drivers = ["qat_", "4xxx", "420xx", "c6xx", "c3xxx", "dh895xcc"]
        return functions.contains(device.device) || drivers.contains(where: driver.hasPrefix)
    }

    /// ASPEED, Matrox, Cirrus, Bochs and QEMU, virtio, QXL, VMware, VirtualBox, Hyper-V, Silicon
    /// Motion, XGI and Huawei's management chip: adapters that draw a console and compute nothing.
    private static let consoleVendors: Set<UInt16> = [
        0x1A03, 0x102B, 0x1013, 0x1234, 0x1AF4, 0x1B36, 0x15AD, 0x80EE, 0x1414, 0x126F, 0x18CA,
        0x19E5,
    ]

    /// Xilinx, Altera, Achronix, Lattice.
    private static let fpgaVendors: Set<UInt16> = [0x10EE, 0x1172, 0x1B59, 0x1204]
    /// Intel's acceleration cards, Amazon's F1.
    private static let fpgas: Set<UInt32> = [
        0x8086_09C4, 0x8086_09C5, 0x8086_0B30, 0x8086_0B31, 0x8086_0B2B, 0x8086_0B2C, 0x8086_BCCE,
        0x8086_AF00, 0x1D0F_F000, 0x1D0F_F010,
    ]
    private static let fpgaDrivers: Set = ["dfl-pci", "xocl", "xclmgmt", "xdma", "qdma-pf"]

    /// BlueField 1 to 4, Intel's infrastructure processor, Marvell Octeon.
    private static let dpus: Set<UInt32> = [
        0x15B3_A2D2, 0x15B3_A2D3, 0x15B3_A2D6, 0x15B3_A2DC, 0x15B3_A2DF, 0x8086_1452, 0x177D_B200,
        0x177D_B400, 0x177D_B900,
    ]
    private static let pensando: UInt16 = 0x1DD8

    /// Habana, Amazon's Neuron, Google's tensor processors: not all have the class of accelerators.
    private static let processors: Set<UInt32> = [
        0x1DA3_0001, 0x1DA3_1000, 0x1DA3_1020, 0x1DA3_1060, 0x1D0F_7064, 0x1D0F_7164, 0x1D0F_7264,
        0x1D0F_7364, 0x1AE0_0027, 0x1AE0_005E, 0x1AE0_0062, 0x1AE0_0063, 0x1AE0_006F,
    ]
}
