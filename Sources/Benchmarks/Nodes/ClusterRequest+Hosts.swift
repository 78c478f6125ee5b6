import PeerServers

/// Servers on other hosts.
extension ClusterRequest {
    /// The hosts that a file names; none where there is no file.
    ///
    /// - Throws: what is wrong, where, and what was expected, in a line.
    func remoteHosts() throws(NodeRefusal) -> [RemoteHost] {
        guard let file = hosts else { return [] }
        guard isolation == "process", !asksForLinks else {
            throw NodeRefusal(
                "--hosts: expected no --isolation, and nothing of links, which are those between the "
                    + "hosts")
        }
        guard ssh.contains(where: { $0 != " " }) else {
            throw NodeRefusal("--ssh: '\(ssh)', expected a program, and its options")
        }
        do throws(HostListError) {
            let hosts = try RemoteHost.list(parsing: file.text)
            _ = try RemoteHost.addresses(of: nodes ?? hosts.count, on: hosts)
            return hosts
        } catch { throw NodeRefusal("--hosts: \(file.name): \(error)") }
    }
}
