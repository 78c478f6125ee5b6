import Testing

@testable import PeerServers

struct RemoteHostTests {
    @Test func `a line is a host, with what is said of it`() throws {
        let hosts = try RemoteHost.list(
            parsing: """
                # three of them
                db1

                alice@db2\taddress=10.0.0.2 port=80 # behind a wall
                db3 program=/opt/nilo=meter directory=/var/tmp\r\n#\r\ndb4\r
                """)
        #expect(hosts.map(\.destination) == ["db1", "alice@db2", "db3", "db4"])
        #expect(hosts[0] == RemoteHost(destination: "db1"))
        #expect(hosts[1].address == "10.0.0.2" && hosts[1].port == 80)
        #expect(hosts[2].program == "/opt/nilo=meter" && hosts[2].directory == "/var/tmp")
    }

    @Test(arguments: [
        ("", "no host, expected lines of [USER@]HOST, a host each"),
        ("# db1\n\n", "no host, expected lines of [USER@]HOST, a host each"),
        ("db1\n-oProxyCommand=sh", "line 2: '-oProxyCommand=sh', expected [USER@]HOST first"),
        ("port=80 db1", "line 1: 'port=80', expected [USER@]HOST first"),
        ("alice@", "line 1: 'alice@', expected [USER@]HOST first"),
        (
            "db1 db2",
            "line 1: 'db2', expected address=, port=, program= or directory=, each once"
        ),
        (
            "db1 port=",
            "line 1: 'port=', expected address=, port=, program= or directory=, each once"
        ),
        (
            "db1 port=1 port=2",
            "line 1: 'port=2', expected address=, port=, program= or directory=, each once"
        ),
        (
            "db1 slots=2", "line 1: 'slots=2', expected address=, port=, program= or directory="
        ),
        ("db1 port=0", "line 1: 'port=0', expected a port from 1 to 65520"),
        ("db1 port=65521", "line 1: 'port=65521', expected a port from 1 to 65520"),
        ("db1 address=db1", "line 1: 'address=db1', expected an address of digits"),
        (
            "\n\ndb1 directory=tmp", "line 3: 'directory=tmp', expected a path from the root on"
        ),
    ])
    func `what is no host is named, with its line`(text: String, message: String) {
        #expect(throws: HostListError(message)) { try RemoteHost.list(parsing: text) }
    }

    @Test func `servers go round hosts, and have ports one after the other`() throws {
        let hosts = try RemoteHost.list(
            parsing: "a address=10.0.0.1\nalice@127.0.0.7 port=90\nc address=2001:db8::1")
        #expect(
            try RemoteHost.addresses(of: 5, on: hosts) == [
                "10.0.0.1:7100", "127.0.0.7:90", "[2001:db8::1]:7100", "10.0.0.1:7101",
                "127.0.0.7:91",
            ])
        #expect(try RemoteHost.addresses(of: 2, on: hosts).count == 2)
    }

    @Test func `no two servers listen at one address`() throws {
        let hosts = try RemoteHost.list(parsing: "a address=10.0.0.1\nb address=10.0.0.1 port=7101")
        #expect(try RemoteHost.addresses(of: 2, on: hosts).count == 2)
        #expect(
            throws: HostListError(
                "servers 1 and 2 would both listen at 10.0.0.1:7101, expected a port= or address= "
                    + "that tells them apart")
        ) { try RemoteHost.addresses(of: 3, on: hosts) }
    }

    @Test func `a host without an address is named`() throws {
        let hosts = try RemoteHost.list(parsing: "alice@no-such-host.invalid")
        #expect(
            throws: HostListError(
                "'no-such-host.invalid' has no address here, expected one that has, or address= "
                    + "behind it")
        ) { try RemoteHost.addresses(of: 1, on: hosts) }
    }
}
