#define _GNU_SOURCE
#include "peer_echo.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { block = 1 << 16, connections_most = 1024, events_most = 64 };

// Bytes of an unfinished request, by descriptor.
static size_t pending[connections_most];

// As many whole replies as fit into a block, one at least.
static char *repeated(const char *reply, size_t size, size_t *count) {
    *count = size < block ? block / size : 1;
    char *all = mmap(NULL, *count * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED) return NULL;
    for (size_t i = 0; i < *count; i++) memcpy(all + i * size, reply, size);
    return all;
}

static int write_all(int connection, const char *bytes, size_t size) {
    while (size > 0) {
        ssize_t written = send(connection, bytes, size, MSG_NOSIGNAL);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return -1;
        bytes += written;
        size -= (size_t)written;
    }
    return 0;
}

static void take(int poll, int listener) {
    int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (connection < 0) return;
    int on = 1;
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = connection};
    if (connection >= connections_most
        || epoll_ctl(poll, EPOLL_CTL_ADD, connection, &event) < 0) {
        close(connection);
        return;
    }
    pending[connection] = 0;
}

// Answers what is there; false when the connection is over.
static int answer(int connection, size_t request_size, const char *replies, size_t count,
                  size_t reply_size) {
    static char bytes[block];
    ssize_t found = recv(connection, bytes, sizeof bytes, 0);
    if (found < 0) return errno == EINTR || errno == EAGAIN;
    if (found == 0) return 0;
    size_t have = pending[connection] + (size_t)found;
    size_t whole = have / request_size;
    pending[connection] = have % request_size;
    while (whole > 0) {
        size_t now = whole < count ? whole : count;
        if (write_all(connection, replies, now * reply_size) < 0) return 0;
        whole -= now;
    }
    return 1;
}

int peer_echo_serve(int listener, size_t request_size, const char *reply, size_t reply_size) {
    size_t count = 0;
    char *replies = repeated(reply, reply_size, &count);
    if (!replies) return errno;
    int poll = epoll_create1(EPOLL_CLOEXEC);
    if (poll < 0) return errno;
    struct epoll_event wanted = {.events = EPOLLIN, .data.fd = listener};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, listener, &wanted) < 0) return errno;
    for (;;) {
        struct epoll_event events[events_most];
        int ready = epoll_wait(poll, events, events_most, -1);
        if (ready < 0 && errno != EINTR) return errno;
        for (int i = 0; i < ready; i++) {
            int from = events[i].data.fd;
            if (from == listener)
                take(poll, listener);
            else if (!answer(from, request_size, replies, count, reply_size))
                close(from);
        }
    }
}
