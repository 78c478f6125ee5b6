#define _GNU_SOURCE
#include "peer_network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// A request of rtnetlink: a head, what it is about, and attributes behind.
struct request {
    struct nlmsghdr head;
    char rest[512];
};

static void begin(struct request *request, uint16_t kind, uint16_t flags, const void *subject,
                  size_t size) {
    memset(request, 0, sizeof *request);
    request->head.nlmsg_len = NLMSG_LENGTH(size);
    request->head.nlmsg_type = kind;
    request->head.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
    memcpy(NLMSG_DATA(&request->head), subject, size);
}

// Where the next piece goes. All requests here are far shorter than the room.
static void *end_of(struct request *request) {
    return (char *)&request->head + NLMSG_ALIGN(request->head.nlmsg_len);
}

static struct rtattr *append(struct request *request, uint16_t kind, const void *value,
                             size_t size) {
    struct rtattr *attribute = end_of(request);
    attribute->rta_type = kind;
    attribute->rta_len = (uint16_t)RTA_LENGTH(size);
    if (size > 0) memcpy(RTA_DATA(attribute), value, size);
    request->head.nlmsg_len =
        NLMSG_ALIGN(request->head.nlmsg_len) + (uint32_t)RTA_ALIGN(attribute->rta_len);
    return attribute;
}

static struct rtattr *append_text(struct request *request, uint16_t kind, const char *text) {
    return append(request, kind, text, strlen(text) + 1);
}

// Has what was appended since belong to `outer`.
static void close_nest(struct request *request, struct rtattr *outer) {
    outer->rta_len = (uint16_t)((char *)end_of(request) - (char *)outer);
}

// Sends a request and waits for what the kernel says to it.
static int ask(struct request *request) {
    int link = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (link < 0) return errno;
    struct {
        struct nlmsghdr head;
        struct nlmsgerr body;
        char echoed[sizeof(struct request)];
    } answer;
    int error = 0;
    if (send(link, request, request->head.nlmsg_len, 0) < 0) {
        error = errno;
    } else {
        ssize_t size = recv(link, &answer, sizeof answer, 0);
        if (size < 0)
            error = errno;
        else if ((size_t)size < NLMSG_LENGTH(sizeof answer.body)
                 || answer.head.nlmsg_type != NLMSG_ERROR)
            error = EPROTO;
        else
            error = -answer.body.error;
    }
    close(link);
    return error;
}

int peer_network_current(int *descriptor) {
    *descriptor = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    return *descriptor < 0 ? errno : 0;
}

int peer_network_enter(int descriptor) { return setns(descriptor, CLONE_NEWNET) < 0 ? errno : 0; }

int peer_network_make(int *descriptor) {
    int before;
    int error = peer_network_current(&before);
    if (error) return error;
    if (unshare(CLONE_NEWNET) < 0) {
        error = errno;
        close(before);
        return error;
    }
    error = peer_network_current(descriptor);
    int way_back = peer_network_enter(before);
    close(before);
    if (!error && way_back) close(*descriptor);
    return error ? error : way_back;
}

int peer_network_make_bridge(const char *name) {
    struct ifinfomsg subject = {.ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    struct request request;
    begin(&request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &subject, sizeof subject);
    append_text(&request, IFLA_IFNAME, name);
    struct rtattr *info = append(&request, IFLA_LINKINFO, NULL, 0);
    append_text(&request, IFLA_INFO_KIND, "bridge");
    close_nest(&request, info);
    return ask(&request);
}

int peer_network_make_cable(const char *name, const char *bridge, const char *other_name,
                            int other) {
    uint32_t master = if_nametoindex(bridge);
    if (master == 0) return errno;
    struct ifinfomsg subject = {.ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    struct ifinfomsg other_subject = {0};
    uint32_t network = (uint32_t)other;
    struct request request;
    begin(&request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &subject, sizeof subject);
    append_text(&request, IFLA_IFNAME, name);
    append(&request, IFLA_MASTER, &master, sizeof master);
    struct rtattr *info = append(&request, IFLA_LINKINFO, NULL, 0);
    append_text(&request, IFLA_INFO_KIND, "veth");
    struct rtattr *data = append(&request, IFLA_INFO_DATA, NULL, 0);
    // A whole request about the other end without its head.
    struct rtattr *peer = append(&request, VETH_INFO_PEER, &other_subject, sizeof other_subject);
    append_text(&request, IFLA_IFNAME, other_name);
    append(&request, IFLA_NET_NS_FD, &network, sizeof network);
    close_nest(&request, peer);
    close_nest(&request, data);
    close_nest(&request, info);
    return ask(&request);
}

int peer_network_set_address(const char *name, uint32_t address, int prefix) {
    struct ifaddrmsg subject = {.ifa_family = AF_INET,
                                .ifa_prefixlen = (unsigned char)prefix,
                                .ifa_index = if_nametoindex(name)};
    if (subject.ifa_index == 0) return errno;
    uint32_t bytes = htonl(address);
    struct request request;
    begin(&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &subject, sizeof subject);
    append(&request, IFA_LOCAL, &bytes, sizeof bytes);
    append(&request, IFA_ADDRESS, &bytes, sizeof bytes);
    return ask(&request);
}

int peer_network_set_up(const char *name, int is_up) {
    struct ifinfomsg subject = {.ifi_index = (int)if_nametoindex(name),
                                .ifi_flags = is_up ? IFF_UP : 0,
                                .ifi_change = IFF_UP};
    if (subject.ifi_index == 0) return errno;
    struct request request;
    begin(&request, RTM_NEWLINK, 0, &subject, sizeof subject);
    return ask(&request);
}
