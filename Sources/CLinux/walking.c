#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

int64_t cl_list(int directory, void *buffer, size_t size) {
    long count = syscall(SYS_getdents64, directory, buffer, size);
    return count < 0 ? -errno : count;
}

static int64_t nanoseconds(struct statx_timestamp time) {
    return time.tv_sec * 1000000000ll + time.tv_nsec;
}

int cl_entry_at(int directory, const char *name, struct cl_entry *entry) {
    struct statx found;
    int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | (*name ? 0 : AT_EMPTY_PATH);
    if (statx(directory, name, flags, STATX_BASIC_STATS, &found) != 0) return -errno;
    entry->device = makedev(found.stx_dev_major, found.stx_dev_minor);
    entry->inode = found.stx_ino;
    entry->links = found.stx_nlink;
    entry->size = (int64_t)found.stx_size;
    entry->modified = nanoseconds(found.stx_mtime);
    entry->changed = nanoseconds(found.stx_ctime);
    entry->mode = found.stx_mode;
    return 0;
}

int cl_open_file_system_type(int fd, int64_t *type) {
    struct statfs found;
    if (fstatfs(fd, &found) != 0) return -errno;
    *type = found.f_type;
    return 0;
}

int64_t cl_wall_time(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * 1000000000ll + now.tv_nsec;
}
