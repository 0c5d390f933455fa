#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/vfs.h>
#include <unistd.h>

static int result(int value) { return value < 0 ? -errno : value; }

int cl_fanotify_init(void) {
    return result(fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK | FAN_REPORT_DFID_NAME_TARGET |
                                    FAN_UNLIMITED_QUEUE | FAN_UNLIMITED_MARKS,
                                O_RDONLY));
}

static const uint64_t names = FAN_CREATE | FAN_DELETE | FAN_MODIFY | FAN_CLOSE_WRITE | FAN_ATTRIB | FAN_ONDIR;
static const uint64_t itself = FAN_DELETE_SELF | FAN_MOVE_SELF | FAN_ONDIR;

// "." and not NULL: a descriptor of O_PATH is taken for a place to begin at, but not for a file.
static int mark(int fanotify, unsigned int flags, uint64_t mask, int directory) {
    return result(fanotify_mark(fanotify, flags, mask, directory, "."));
}

int cl_fanotify_mark_file_system(int fanotify, int directory) {
    return mark(fanotify, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, names | FAN_RENAME, directory);
}

int cl_fanotify_has_mark(int fanotify, int directory) {
    return mark(fanotify, FAN_MARK_REMOVE | FAN_MARK_FILESYSTEM, FAN_ACCESS, directory);
}

int cl_fanotify_mark_directory(int fanotify, int directory) { return mark(fanotify, FAN_MARK_ADD, itself, directory); }

int cl_fanotify_ignore(int fanotify, int directory) {
    return mark(fanotify, FAN_MARK_ADD | FAN_MARK_IGNORE_SURV | FAN_MARK_EVICTABLE, names | FAN_EVENT_ON_CHILD,
                directory);
}

int cl_fanotify_flush(int fanotify) { return result(fanotify_mark(fanotify, FAN_MARK_FLUSH, 0, AT_FDCWD, "/")); }

int cl_handle_of(int directory, struct cl_handle *handle, int *mount_id) {
    char space[sizeof(struct file_handle) + sizeof handle->bytes];
    struct file_handle *found = (struct file_handle *)space;
    found->handle_bytes = sizeof handle->bytes;
    if (name_to_handle_at(directory, "", found, mount_id, AT_EMPTY_PATH) < 0) return -errno;
    handle->type = found->handle_type;
    handle->length = found->handle_bytes;
    memcpy(handle->bytes, found->f_handle, found->handle_bytes);
    return 0;
}

int cl_open_handle(int mount, const struct cl_handle *handle, int flags) {
    char space[sizeof(struct file_handle) + sizeof handle->bytes];
    struct file_handle *wanted = (struct file_handle *)space;
    if (handle->length > sizeof handle->bytes) return -EINVAL;
    wanted->handle_type = handle->type;
    wanted->handle_bytes = handle->length;
    memcpy(wanted->f_handle, handle->bytes, handle->length);
    return result(open_by_handle_at(mount, wanted, flags));
}

int cl_file_system_number(int fd, uint64_t *number) {
    struct statfs found;
    if (fstatfs(fd, &found) != 0) return -errno;
    memcpy(number, &found.f_fsid, sizeof *number);
    return 0;
}

int64_t cl_path_of(int fd, char *path, size_t size) {
    char name[40];
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(name, path, size);
    return length < 0 ? -errno : length;
}
