#include "network_datagram_echo.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

int network_datagram_echo(int descriptor, int spins) {
    for (;;) {
        char bytes[1 << 16];
        struct sockaddr_storage sender;
        socklen_t size = sizeof sender;
        ssize_t found = recvfrom(descriptor, bytes, sizeof bytes, spins ? MSG_DONTWAIT : 0,
                                 (struct sockaddr *)&sender, &size);
        if (found < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (found < 0) return errno;
        if (found == 0) return 0;
        if (sendto(descriptor, bytes, (size_t)found, 0, (struct sockaddr *)&sender, size) < 0
            && errno != ECONNREFUSED)
            return errno;
    }
}
