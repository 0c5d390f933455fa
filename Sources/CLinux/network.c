#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int take(const struct sockaddr *from, struct cl_address *to) {
    if (!from) return 0;
    memset(to, 0, sizeof *to);
    if (from->sa_family == AF_INET) {
        memcpy(to->bytes, &((const struct sockaddr_in *)from)->sin_addr, to->length = 4);
        return 1;
    }
    if (from->sa_family == AF_INET6) {
        memcpy(to->bytes, &((const struct sockaddr_in6 *)from)->sin6_addr, to->length = 16);
        to->scope = ((const struct sockaddr_in6 *)from)->sin6_scope_id;
        return 1;
    }
    return 0;
}

int cl_resolve(const char *host, struct cl_address *found, int limit) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *all;
    int error = getaddrinfo(host, NULL, &hints, &all);
    if (error) return error < 0 ? error : -error;
    int count = 0;
    for (struct addrinfo *one = all; one && count < limit; one = one->ai_next)
        count += take(one->ai_addr, &found[count]);
    freeaddrinfo(all);
    return count;
}

int cl_own_addresses(struct cl_address *found, int limit) {
    struct ifaddrs *all;
    if (getifaddrs(&all) != 0) return -errno;
    int count = 0;
    for (struct ifaddrs *one = all; one && count < limit; one = one->ifa_next)
        count += take(one->ifa_addr, &found[count]);
    freeifaddrs(all);
    return count;
}

int cl_connect(const struct cl_address *to, uint16_t port) {
    int family = to->length == 4 ? AF_INET : AF_INET6;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -errno;
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_scope_id = to->scope};
    memcpy(&four.sin_addr, to->bytes, 4);
    memcpy(&six.sin6_addr, to->bytes, 16);
    int result = family == AF_INET ? connect(fd, (struct sockaddr *)&four, sizeof four)
                                   : connect(fd, (struct sockaddr *)&six, sizeof six);
    if (result == 0 || errno == EINPROGRESS) return fd;
    int error = errno;
    close(fd);
    return -error;
}

int cl_connect_error(int fd) {
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) return errno;
    return error;
}
