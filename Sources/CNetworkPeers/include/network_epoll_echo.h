#ifndef NETWORK_EPOLL_ECHO_H
#define NETWORK_EPOLL_ECHO_H

/// Sends back what comes on every connection that `listener` accepts, by one thread and epoll: what
/// a server in C does without a ring. Each event costs a read and a write; a connection whose peer
/// does not read is not read from. Returns 0 when `stop`, a descriptor, has something to read, or
/// an error number.
///
/// With `spins` it looks for events all the time rather than sleep.
int network_epoll_echo(int listener, int stop, int spins);

#endif
