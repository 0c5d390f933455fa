#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

const int cl_at_current = AT_FDCWD;
const int cl_open_path = O_PATH;

static int result(int value) { return value < 0 ? -errno : value; }

static int take(int answer, const struct stat *from, struct cl_facts *to) {
    if (answer != 0) return -errno;
    to->device = from->st_dev;
    to->inode = from->st_ino;
    to->links = from->st_nlink;
    to->size = from->st_size;
    to->modified_seconds = from->st_mtim.tv_sec;
    to->modified_nanoseconds = (uint32_t)from->st_mtim.tv_nsec;
    to->changed_seconds = from->st_ctim.tv_sec;
    to->changed_nanoseconds = (uint32_t)from->st_ctim.tv_nsec;
    to->mode = from->st_mode;
    to->user = from->st_uid;
    to->group = from->st_gid;
    return 0;
}

int cl_facts_at(int directory, const char *path, int follow, struct cl_facts *facts) {
    struct stat found;
    return take(fstatat(directory, path, &found, follow ? 0 : AT_SYMLINK_NOFOLLOW), &found, facts);
}

int cl_facts_of(int fd, struct cl_facts *facts) {
    struct stat found;
    return take(fstat(fd, &found), &found, facts);
}

int cl_born_at(const char *path, int64_t *seconds) {
    struct statx found;
    int answer = statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BTIME | STATX_CTIME, &found);
    if (answer != 0) return -errno;
    *seconds = found.stx_mask & STATX_BTIME ? found.stx_btime.tv_sec : found.stx_ctime.tv_sec;
    return 0;
}

int64_t cl_find(const void *text, size_t size, const void *word, size_t length) {
    const char *found = memmem(text, size, word, length);
    return found == NULL ? -1 : found - (const char *)text;
}

int cl_file_system_type(const char *path, int64_t *type) {
    struct statfs found;
    if (statfs(path, &found) != 0) return -errno;
    *type = found.f_type;
    return 0;
}

int cl_open_at(int directory, const char *path, int flags, uint32_t mode) {
    return result(openat(directory, path, flags | O_CLOEXEC, mode));
}

int64_t cl_copy_range(int from, int to, size_t count) {
    ssize_t done = copy_file_range(from, NULL, to, NULL, count, 0);
    return done < 0 ? -errno : done;
}

int64_t cl_copy_range_at(int from, int to, int64_t offset, size_t count) {
    off_t in = offset, out = offset;
    ssize_t done = copy_file_range(from, &in, to, &out, count, 0);
    return done < 0 ? -errno : done;
}

int64_t cl_seek_data(int fd, int64_t from) {
    off_t place = lseek(fd, from, SEEK_DATA);
    return place < 0 ? -errno : place;
}

int64_t cl_seek_hole(int fd, int64_t from) {
    off_t place = lseek(fd, from, SEEK_HOLE);
    return place < 0 ? -errno : place;
}

int cl_rename(const char *from, const char *to, uint32_t flags) {
    return result(renameat2(AT_FDCWD, from, AT_FDCWD, to, flags));
}

int cl_access_write(const char *path) { return result(faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS)); }

int cl_lock_file(int fd) {
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return result(fcntl(fd, F_OFD_SETLK, &all));
}

int cl_detach(void) {
    pid_t pid = fork();
    if (pid != 0) return result(pid);
    if (setsid() < 0 || chdir("/") != 0) return -errno;
    int null = open("/dev/null", O_RDWR);
    if (null < 0) return -errno;
    for (int fd = 0; fd < 3; fd++)
        if (dup2(null, fd) < 0) return -errno;
    if (null > 2) close(null);
    return 0;
}

void cl_set_thread_user(uint32_t user) { setfsuid(user); }

void cl_log_open(const char *ident, int facility) { openlog(ident, 0, facility); }
void cl_log(int priority, const char *text) { syslog(priority, "%s", text); }

void cl_wall_clock(int64_t seconds, char day[32], char time[16]) {
    static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    time_t moment = seconds;
    struct tm local;
    localtime_r(&moment, &local);
    snprintf(day, 32, "%.3s %.3s %2d %02d:%02d:%02d %d", days + 3 * local.tm_wday, months + 3 * local.tm_mon,
             local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec, local.tm_year + 1900);
    snprintf(time, 16, "%02d:%02d:%02d", local.tm_hour, local.tm_min, local.tm_sec);
}
