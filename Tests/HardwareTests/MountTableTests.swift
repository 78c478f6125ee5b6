import Testing

@testable import Hardware

@Suite struct MountTableTests {
    static let captured = """
        22 27 0:21 / /proc rw,relatime - proc proc rw
        25 24 0:23 / /dev/shm rw,relatime - tmpfs tmpfs rw,size=24684084k
        27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard,errors=remount-ro
        31 27 8:17 / /data rw,noatime shared:5 master:1 - xfs /dev/sdb1 rw,attr2
        32 27 8:33 /sub /data/with\\040blank rw - xfs /dev/sdc1 rw
        33 31 0:44 / /data/over rw,relatime - overlay overlay rw,lowerdir=/l,upperdir=/data/u
        34 27 0:45 / /data rw - tmpfs second rw
        """

    let table = MountTable(parsing: captured)

    @Test func `a line is taken apart, with optional fields and without`() throws {
        #expect(table.mounts.count == 7)
        let data = table.mounts[3]
        #expect(data.id == 31)
        #expect(data.device == "8:17")
        #expect(data.point == "/data")
        #expect(data.type == "xfs")
        #expect(data.source == "/dev/sdb1")
        #expect(data.options == ["rw", "noatime", "attr2"])
        #expect(table.mounts[4].point == "/data/with blank")
        #expect(table.mounts[4].root == "/sub")
    }

    @Test(arguments: [
        ("/", "/"), ("/srv/x", "/"), ("/dev/shm", "/dev/shm"), ("/dev/shmem", "/"),
        ("/data/over/deep", "/data/over"), ("/data/with blank/x", "/data/with blank"),
    ])
    func `the longest mount point that contains a path holds it`(path: String, point: String) {
        #expect(table.mount(containing: path, id: nil)?.point == point)
    }

    @Test func `of two mounts at one place the later covers the earlier`() {
        #expect(table.mount(containing: "/data/file", id: nil)?.source == "second")
    }

    @Test func `the kernel's number decides where there is one`() {
        #expect(table.mount(containing: "/data/file", id: 31)?.source == "/dev/sdb1")
        #expect(table.mount(containing: "/data/file", id: 999)?.source == "second")
    }

    @Test(arguments: [
        (#"a\040b"#, "a b"), (#"a\134040"#, #"a\040"#), (#"a\09"#, #"a\09"#), (#"\"#, #"\"#),
        (#"\303\244"#, "ä"),
    ])
    func `octal escapes are undone`(text: String, plain: String) {
        #expect(MountTable.unescaped(text) == plain)
    }

    @Test(arguments: ["", "garbage", "1 2 3:4 / /x rw", "x 2 3:4 / /x rw - ext4 /dev/x rw"])
    func `what is no mount is passed over`(text: String) {
        #expect(MountTable(parsing: text).mounts.isEmpty)
    }
}
