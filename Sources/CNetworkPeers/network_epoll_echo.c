#include "network_epoll_echo.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { block = 1 << 16, events_most = 64 };

struct connection {
    int descriptor;
    // What was read and has yet to be written: from `start`, `count` bytes.
    size_t start, count;
    char bytes[block];
};

static int wait_for(int poll, struct connection *connection, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = connection};
    return epoll_ctl(poll, EPOLL_CTL_MOD, connection->descriptor, &event);
}

static void end(struct connection *connection) {
    close(connection->descriptor);
    free(connection);
}

static void take(int poll, int listener) {
    int descriptor = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (descriptor < 0) return;
    int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct connection *made = malloc(sizeof *made);
    if (!made) {
        close(descriptor);
        return;
    }
    made->descriptor = descriptor;
    made->start = made->count = 0;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = made};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event) < 0) end(made);
}

// Writes what is left; 0 when the connection is over.
static int put(int poll, struct connection *connection) {
    while (connection->count > 0) {
        ssize_t written = send(connection->descriptor, connection->bytes + connection->start,
                               connection->count, MSG_NOSIGNAL);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0 && errno == EAGAIN) return wait_for(poll, connection, EPOLLOUT) == 0;
        if (written < 0) return 0;
        connection->start += (size_t)written;
        connection->count -= (size_t)written;
    }
    return 1;
}

// Does what an event asks for; 0 when the connection is over.
static int serve(int poll, struct connection *connection, uint32_t events) {
    if (events & EPOLLOUT) {
        if (!put(poll, connection)) return 0;
        return connection->count > 0 || wait_for(poll, connection, EPOLLIN) == 0;
    }
    ssize_t found = recv(connection->descriptor, connection->bytes, block, 0);
    if (found < 0) return errno == EINTR || errno == EAGAIN;
    if (found == 0) return 0;
    connection->start = 0;
    connection->count = (size_t)found;
    return put(poll, connection);
}

int network_epoll_echo(int listener, int stop, int spins) {
    int poll = epoll_create1(EPOLL_CLOEXEC);
    if (poll < 0) return errno;
    // The listener and the stop are told from connections by where their words are.
    static char listens, stops;
    struct epoll_event wanted = {.events = EPOLLIN, .data.ptr = &listens};
    struct epoll_event last = {.events = EPOLLIN, .data.ptr = &stops};
    int error = epoll_ctl(poll, EPOLL_CTL_ADD, listener, &wanted) < 0
                        || epoll_ctl(poll, EPOLL_CTL_ADD, stop, &last) < 0
                    ? errno
                    : 0;
    int is_over = error != 0;
    while (!is_over) {
        struct epoll_event events[events_most];
        int ready = epoll_wait(poll, events, events_most, spins ? 0 : -1);
        if (ready < 0 && errno != EINTR) {
            error = errno;
            break;
        }
        for (int i = 0; i < ready; i++) {
            void *source = events[i].data.ptr;
            if (source == &stops)
                is_over = 1;
            else if (source == &listens)
                take(poll, listener);
            else if (!serve(poll, source, events[i].events))
                end(source);
        }
    }
    close(poll);
    return error;
}
