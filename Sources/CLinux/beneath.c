#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static int result(int value) { return value < 0 ? -errno : value; }

int cl_open_beneath(int directory, const char *path, int flags, uint32_t mode) {
    struct open_how how = {
        .flags = (uint64_t)(unsigned)flags | O_CLOEXEC,
        .mode = flags & O_CREAT ? mode : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    int fd;
    // EAGAIN: something was renamed meanwhile, so the kernel could not be sure (openat2(2)).
    for (int tries = 0; tries < 64; tries++) {
        fd = (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
        if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) break;
    }
    return result(fd);
}

int cl_socket_pair(int fds[2]) { return result(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds)); }

int cl_store_file_system(int fd) { return result(syncfs(fd)); }

int cl_device_at(int directory, const char *name, uint32_t *major_number, uint32_t *minor_number) {
    struct stat found;
    if (fstatat(directory, name, &found, AT_SYMLINK_NOFOLLOW) != 0) return -errno;
    *major_number = major(found.st_rdev);
    *minor_number = minor(found.st_rdev);
    return 0;
}

uint32_t cl_umask(void) {
    mode_t mask = umask(0);
    umask(mask);
    return mask;
}
