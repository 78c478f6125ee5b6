#include "network_client.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

static size_t least(size_t one, size_t other) { return one < other ? one : other; }

int network_client_exchange(int descriptor, const void *request, size_t request_size, void *reply,
                            size_t reply_size, int spins) {
    size_t sent = 0, received = 0;
    while (sent < request_size) {
        ssize_t count =
            send(descriptor, (const char *)request + sent, request_size - sent, MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return errno;
        sent += (size_t)count;
    }
    while (received < reply_size) {
        ssize_t count = recv(descriptor, (char *)reply + received, reply_size - received,
                             spins ? MSG_DONTWAIT : 0);
        if (count < 0 && (errno == EINTR || (spins && errno == EAGAIN))) continue;
        if (count < 0) return errno;
        if (count == 0) return ECONNRESET;
        received += (size_t)count;
    }
    return 0;
}

int network_client_stream(int descriptor, const void *messages, void *replies, size_t size,
                          size_t window, size_t count) {
    size_t total = size * count, room = size * window;
    size_t sent = 0, received = 0;
    while (received < total) {
        int moved = 0;
        // Whole messages alone leave a window, so that one which is open by a byte is none.
        size_t may = least(total, received / size * size + room);
        if (sent < may) {
            size_t at = sent % room;
            size_t some = least(may - sent, room - at);
            ssize_t now = send(descriptor, (const char *)messages + at, some,
                               MSG_NOSIGNAL | MSG_DONTWAIT);
            if (now < 0 && errno != EAGAIN && errno != EINTR) return errno;
            if (now > 0) {
                sent += (size_t)now;
                moved = 1;
            }
        }
        if (received < sent) {
            size_t at = received % room;
            ssize_t now = recv(descriptor, (char *)replies + at, room - at, MSG_DONTWAIT);
            if (now == 0) return ECONNRESET;
            if (now < 0 && errno != EAGAIN && errno != EINTR) return errno;
            if (now > 0) {
                received += (size_t)now;
                moved = 1;
            }
        }
        if (!moved) {
            struct pollfd source = {.fd = descriptor,
                                    .events = (short)(POLLIN | (sent < may ? POLLOUT : 0))};
            if (poll(&source, 1, -1) < 0 && errno != EINTR) return errno;
        }
    }
    return 0;
}
