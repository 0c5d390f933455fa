#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>

int cl_inotify_init(void) {
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int cl_inotify_watch(int inotify, int fd, uint32_t mask) {
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int watch = inotify_add_watch(inotify, path, mask);
    return watch < 0 ? -errno : watch;
}

int cl_inotify_remove(int inotify, int watch) { return inotify_rm_watch(inotify, watch) < 0 ? -errno : 0; }

int cl_readable_bytes(int fd) {
    int count = 0;
    return ioctl(fd, FIONREAD, &count) < 0 ? -errno : count;
}

// A read lease is granted only where nobody has the file open for writing (fcntl(2)). It is given back at once; if
// a writer comes in between, the kernel makes it wait until then and sends a signal that is ignored by default.
int cl_is_open_for_writing(int fd) {
    if (fcntl(fd, F_SETSIG, SIGURG) < 0) return -errno;
    if (fcntl(fd, F_SETLEASE, F_RDLCK) == 0) {
        fcntl(fd, F_SETLEASE, F_UNLCK);
        return 0;
    }
    return errno == EAGAIN ? 1 : -errno;
}
