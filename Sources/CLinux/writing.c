#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

const int cl_open_unnamed = O_TMPFILE;

static int result(int value) { return value < 0 ? -errno : value; }

int cl_rename_at(int from_directory, const char *from, int to_directory, const char *to, uint32_t flags) {
    return result(renameat2(from_directory, from, to_directory, to, flags));
}

int cl_name_unnamed(int fd, int directory, const char *name) {
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return result(linkat(AT_FDCWD, path, directory, name, AT_SYMLINK_FOLLOW));
}

int cl_make_special(int directory, const char *name, uint32_t mode, uint32_t major_number, uint32_t minor_number) {
    return result(mknodat(directory, name, mode, makedev(major_number, minor_number)));
}

int cl_allocate(int fd, int64_t size) { return result(fallocate(fd, 0, 0, size)); }

int cl_set_attribute(const char *path, const char *name, const void *value, size_t size) {
    return result(lsetxattr(path, name, value, size, 0));
}

int cl_remove_attribute(const char *path, const char *name) { return result(lremovexattr(path, name)); }

int64_t cl_attribute(const char *path, const char *name, void *value, size_t size) {
    ssize_t length = lgetxattr(path, name, value, size);
    return length < 0 ? -errno : length;
}

int64_t cl_attributes(const char *path, char *names, size_t size) {
    ssize_t length = llistxattr(path, names, size);
    return length < 0 ? -errno : length;
}

int cl_set_modified(int directory, const char *name, int64_t seconds, int64_t nanoseconds) {
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = seconds, .tv_nsec = nanoseconds}};
    return result(utimensat(directory, name, times, AT_SYMLINK_NOFOLLOW));
}

int cl_set_modified_of(int fd, int64_t seconds, int64_t nanoseconds) {
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = seconds, .tv_nsec = nanoseconds}};
    return result(futimens(fd, times));
}
