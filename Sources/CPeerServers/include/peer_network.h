#ifndef PEER_NETWORK_H
#define PEER_NETWORK_H

#include <stdint.h>

/// Networks of the kernel's own (network namespaces), and links between them, by rtnetlink.
///
/// A network lives as long as a descriptor of it, or a process in it: nothing has to be removed. All
/// functions act on the network of the calling thread, and return an error number, 0 where all went
/// well.

/// Makes a network, which has nothing but a loopback that is down, and gives a descriptor of it. The
/// calling thread is where it was. Needs CAP_SYS_ADMIN.
int peer_network_make(int *descriptor);

/// Gives a descriptor of the network that the calling thread is in.
int peer_network_current(int *descriptor);

/// Takes the calling thread into the network of a descriptor, with all that it starts from then on.
int peer_network_enter(int descriptor);

/// Makes a bridge, a switch of Ethernet, that is up. It has no spanning tree: it forwards at once.
int peer_network_make_bridge(const char *name);

/// Makes a cable (veth) between this network, where its end is called `name`, belongs to `bridge` and
/// is up, and the network of a descriptor, where it is called `other_name` and is down.
int peer_network_make_cable(const char *name, const char *bridge, const char *other_name, int other);

/// Gives a link an address of IPv4, in the machine's order of bytes, with so many bits of prefix.
int peer_network_set_address(const char *name, uint32_t address, int prefix);

/// Sets a link up or down. The other end of a cable loses its carrier when this one is down, and what
/// is sent there is dropped without a word.
int peer_network_set_up(const char *name, int is_up);

#endif
