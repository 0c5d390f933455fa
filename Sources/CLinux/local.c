#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int named(const char *path, struct sockaddr_un *address) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    if (strlen(path) >= sizeof address->sun_path) return -ENAMETOOLONG;
    strcpy(address->sun_path, path);
    return 0;
}

int cl_local_listen(const char *path, uint32_t mode) {
    struct sockaddr_un address;
    int error = named(path, &address);
    if (error) return error;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -errno;
    // The mode of the socket becomes that of the file, so there is no moment in which it is open to more.
    if (fchmod(fd, mode) == 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 64) == 0)
        return fd;
    error = errno;
    close(fd);
    return -error;
}

int cl_local_accept(int fd) {
    int taken = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    return taken < 0 ? -errno : taken;
}

int cl_local_connect(const char *path) {
    struct sockaddr_un address;
    int error = named(path, &address);
    if (error) return error;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
    error = errno;
    close(fd);
    return -error;
}

int cl_local_peer(int fd, uint32_t *user, int32_t *process) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return -errno;
    *user = peer.uid;
    *process = peer.pid;
    return 0;
}

int cl_local_tell(const char *path, const void *bytes, size_t count) {
    struct sockaddr_un address;
    int error = named(path, &address);
    if (error) return error;
    socklen_t length = sizeof address;
    if (path[0] == '@') {
        // The abstract name space (unix(7)): no zero byte at the end.
        length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
        address.sun_path[0] = 0;
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -errno;
    ssize_t sent = sendto(fd, bytes, count, MSG_NOSIGNAL, (struct sockaddr *)&address, length);
    error = sent < 0 ? errno : 0;
    close(fd);
    return -error;
}

ssize_t cl_local_send(int fd, const void *bytes, size_t count) {
    ssize_t sent = send(fd, bytes, count, MSG_NOSIGNAL);
    return sent < 0 ? -errno : sent;
}

int cl_hold_name(const char *name) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t count = strlen(name);
    if (count + 1 > sizeof address.sun_path) return -ENAMETOOLONG;
    memcpy(address.sun_path + 1, name, count);
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + count);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -errno;
    if (bind(fd, (struct sockaddr *)&address, length) == 0 && listen(fd, 4) == 0) return fd;
    int error = errno;
    close(fd);
    return -error;
}

int cl_name_holder(const char *name, uint32_t *user, int32_t *process) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t count = strlen(name);
    if (count + 1 > sizeof address.sun_path) return -ENAMETOOLONG;
    memcpy(address.sun_path + 1, name, count);
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + count);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -errno;
    int error = connect(fd, (struct sockaddr *)&address, length) == 0 ? 0 : -errno;
    if (!error) error = cl_local_peer(fd, user, process);
    close(fd);
    return error;
}
