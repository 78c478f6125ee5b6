#ifndef NETWORK_DATAGRAM_ECHO_H
#define NETWORK_DATAGRAM_ECHO_H

/// Sends each datagram back to its sender, with one call to receive and one to send, until one
/// without bytes comes. Returns 0 or an error number. With `spins` it never sleeps.
int network_datagram_echo(int descriptor, int spins);

#endif
