#ifndef PEER_ECHO_H
#define PEER_ECHO_H

#include <stddef.h>

/// Answers every `request_size` bytes of a connection with the `reply_size` bytes of `reply`, for as
/// many connections as `listener` accepts, by one thread that sleeps in epoll between them: what any
/// server has to do at least. Reads what is there, and answers all whole requests of it with one
/// write. Returns an error number when it cannot go on; calls nothing that is unsafe in a child of
/// a process with threads.
int peer_echo_serve(int listener, size_t request_size, const char *reply, size_t reply_size);

#endif
