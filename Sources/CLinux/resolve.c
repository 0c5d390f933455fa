#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>
#include <sys/socket.h>

int cl_resolve_family(const char *host, int family, struct cl_address *found, int limit) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_family = family == 4 ? AF_INET : AF_INET6}, *all;
    int error = getaddrinfo(host, NULL, &hints, &all);
    if (error == EAI_NONAME || error == EAI_NODATA || error == EAI_ADDRFAMILY) return -ENOENT;
    if (error) return -EAGAIN;
    int count = 0;
    for (struct addrinfo *one = all; one && count < limit; one = one->ai_next) {
        memset(&found[count], 0, sizeof found[count]);
        found[count].length = family == 4 ? 4 : 16;
        if (family == 4) memcpy(found[count].bytes, &((struct sockaddr_in *)one->ai_addr)->sin_addr, 4);
        else memcpy(found[count].bytes, &((struct sockaddr_in6 *)one->ai_addr)->sin6_addr, 16);
        count++;
    }
    freeaddrinfo(all);
    return count;
}

int cl_query_services(const char *name, unsigned char *answer, int size) {
    // Class IN and type SRV, by their numbers in RFC 1035 and RFC 2782.
    int length = res_query(name, 1, 33, answer, size);
    if (length >= 0) return length < size ? length : size;
    return h_errno == HOST_NOT_FOUND || h_errno == NO_DATA ? -ENOENT : -EAGAIN;
}
