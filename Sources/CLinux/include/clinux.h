#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Shims for kernel interfaces that Swift's Glibc module does not import. No logic.
// Every function that returns int gives -errno where the call failed.

struct cl_event {
    uint64_t token;
    uint32_t events;
};

extern const uint32_t cl_epollin;
extern const uint32_t cl_epollout;
extern const uint32_t cl_epollpri;

int cl_epoll_create(void);
int cl_epoll_add(int epoll, int fd, uint32_t events, uint64_t token);
int cl_epoll_remove(int epoll, int fd);
int cl_epoll_wait(int epoll, struct cl_event *events, int count);

int cl_eventfd(void);
int cl_timerfd(void);
// CLOCK_BOOTTIME, absolute; 0 disarms.
int cl_timerfd_set(int fd, int64_t nanoseconds);
int64_t cl_boottime(void);

int cl_signalfd(const int *signals, int count);
// The number of the next signal, 0 when there is none.
int cl_signalfd_read(int fd);
int cl_block_signals(const int *signals, int count);
int cl_ignore_signal(int signal);
// Blocks what can be blocked without harm to crash reports, in the calling thread.
void cl_block_thread_signals(void);

const char *cl_error_text(int error);
long cl_gettid(void);
void cl_name_thread(const char *name);

int cl_pipe(int fds[2]);
int cl_memfd(const char *name);

struct cl_spawn {
    const char *path;
    char *const *argv;
    char *const *envp;
    // NULL: that of the caller.
    const char *directory;
    int input;
    int output;
    int errors;
};

enum cl_spawn_step { CL_STEP_CLONE, CL_STEP_CHDIR, CL_STEP_EXEC, CL_STEP_SETUP };

// Starts a process in a process group of its own; it dies with the calling thread. Returns its pid, or -errno with
// the step that failed; the descriptor of the process goes to *pidfd.
int cl_spawn(const struct cl_spawn *what, int *pidfd, int *step);
// 1 and the status of waitpid(2) when the child has ended; it stays a zombie unless `reap`.
int cl_wait(pid_t pid, int reap, int *killed, int *value);
char *const *cl_environment(void);

// An address of a host: 4 or 16 bytes in network order.
struct cl_address {
    uint8_t bytes[16];
    uint8_t length;
    uint32_t scope;
};

// Blocks. The number of addresses, at most `limit`, or minus an EAI_ number.
int cl_resolve(const char *host, struct cl_address *found, int limit);
// As cl_resolve, of one family (4 or 6); -EAGAIN where asking again may help, -ENOENT where there is none.
int cl_resolve_family(const char *host, int family, struct cl_address *found, int count);
// The message that answers a question for SRV records, in whole: its length, -EAGAIN or -ENOENT.
int cl_query_services(const char *name, unsigned char *answer, int size);
int cl_own_addresses(struct cl_address *found, int limit);
// A socket that connects without blocking.
int cl_connect(const struct cl_address *to, uint16_t port);
// 0 when the socket is connected.
int cl_connect_error(int fd);

// A socket of the file system that listens, with the mode for its file. Paths are at most 107 bytes long.
int cl_local_listen(const char *path, uint32_t mode);
int cl_local_accept(int fd);
// Blocks. A socket that blocks.
int cl_local_connect(const char *path);
int cl_local_peer(int fd, uint32_t *user, int32_t *process);
// Holds an abstract name for as long as the descriptor is open; and asks who holds one.
int cl_hold_name(const char *name);
int cl_name_holder(const char *name, uint32_t *user, int32_t *process);
// One datagram to a socket of the file system, or, with @ first, of the abstract name space. Does not wait.
int cl_local_tell(const char *path, const void *bytes, size_t count);
// Without SIGPIPE.
ssize_t cl_local_send(int fd, const void *bytes, size_t count);

struct cl_facts {
    uint64_t device;
    uint64_t inode;
    uint64_t links;
    int64_t size;
    int64_t modified_seconds;
    int64_t changed_seconds;
    uint32_t modified_nanoseconds;
    uint32_t changed_nanoseconds;
    uint32_t mode;
    uint32_t user;
    uint32_t group;
};

int cl_facts_at(int directory, const char *path, int follow, struct cl_facts *facts);
int cl_facts_of(int fd, struct cl_facts *facts);
// When the file was made, in seconds since 1970; where its file system does not keep that, when it last changed.
int cl_born_at(const char *path, int64_t *seconds);
// memmem(3): where the word begins, or -1.
int64_t cl_find(const void *text, size_t size, const void *word, size_t length);
// statfs(2)'s f_type.
int cl_file_system_type(const char *path, int64_t *type);

int cl_open_at(int directory, const char *path, int flags, uint32_t mode);
// openat2(2): no symbolic link on the way or at the end is followed, and nothing leads out of the directory.
int cl_open_beneath(int directory, const char *path, int flags, uint32_t mode);
int cl_socket_pair(int fds[2]);
// syncfs(2).
int cl_store_file_system(int fd);
int cl_device_at(int directory, const char *name, uint32_t *major_number, uint32_t *minor_number);
// Sets it to nothing for a moment: for programs of one thread.
uint32_t cl_umask(void);
extern const int cl_at_current;
extern const int cl_open_path;
// RENAME_NOREPLACE is 1, RENAME_EXCHANGE is 2.
int cl_rename(const char *from, const char *to, uint32_t flags);
// copy_file_range(2) from and to where both descriptors stand; lseek(2) to the next data, and to the next hole.
int64_t cl_copy_range(int from, int to, size_t count);
// From and to the same offset; both descriptors stay where they stand.
int64_t cl_copy_range_at(int from, int to, int64_t offset, size_t count);
int64_t cl_seek_data(int fd, int64_t from);
int64_t cl_seek_hole(int fd, int64_t from);
// 0 when this process may write there, with its effective ids.
int cl_access_write(const char *path);

// Against lockf(3) of others, without its flaw: that lock goes when any descriptor of the file is closed.
int cl_lock_file(int fd);
// 0 in the child, the child's pid in the parent.
int cl_detach(void);

void cl_log_open(const char *ident, int facility);
void cl_log(int priority, const char *text);
// asctime's form in the C locale without the line's end, and HH:MM:SS; local time.
void cl_wall_clock(int64_t seconds, char day[32], char time[16]);

int cl_inotify_init(void);
// Watches what the descriptor is open on, whatever its path; the watch that is there already keeps its number.
int cl_inotify_watch(int inotify, int fd, uint32_t mask);
int cl_inotify_remove(int inotify, int watch);
int cl_readable_bytes(int fd);
// CAP_SYS_ADMIN and CAP_DAC_READ_SEARCH stay with this thread and those that it makes, and do not outlive execve.
void cl_keep_watching_rights(void);
// 1 where somebody has this regular file open for writing, 0 where nobody has, -errno where that can't be told.
int cl_is_open_for_writing(int fd);

// A group of fanotify(7) that reports names with the handles of their directories, without a limit on its queue.
int cl_fanotify_init(void);
// All that happens to names and files of the directory's file system.
int cl_fanotify_mark_file_system(int fanotify, int directory);
// 0 where that mark is still there, -ENOENT where it went with an unmounted file system.
int cl_fanotify_has_mark(int fanotify, int directory);
// The deletion and the renaming of this directory itself.
int cl_fanotify_mark_directory(int fanotify, int directory);
// What happens in this directory is not told any more, but for renames. The kernel may forget that.
int cl_fanotify_ignore(int fanotify, int directory);
// Takes all marks of single directories away; those of file systems stay.
int cl_fanotify_flush(int fanotify);

// A file for as long as it lives, whatever its name; see open_by_handle_at(2).
struct cl_handle {
    int32_t type;
    uint32_t length;
    uint8_t bytes[128];
};

int cl_handle_of(int directory, struct cl_handle *handle, int *mount_id);
int cl_open_handle(int mount, const struct cl_handle *handle, int flags);
// statfs(2)'s f_fsid, which fanotify puts before each handle.
int cl_file_system_number(int fd, uint64_t *number);
// The path of what is open, as /proc has it; not terminated.
int64_t cl_path_of(int fd, char *path, size_t size);
// Reads a directory that is open: records of getdents64(2), 0 at its end.
int64_t cl_list(int directory, void *buffer, size_t size);
// What statx(2) says of a name, or, where it is empty, of the descriptor itself. Times in nanoseconds since 1970.
struct cl_entry {
    uint64_t device;
    uint64_t inode;
    uint64_t links;
    int64_t size;
    int64_t modified;
    int64_t changed;
    uint32_t mode;
};
int cl_entry_at(int directory, const char *name, struct cl_entry *entry);
// fstatfs(2)'s f_type.
int cl_open_file_system_type(int fd, int64_t *type);
// CLOCK_REALTIME.
int64_t cl_wall_time(void);

// For tests: what a writer can do to a tree. A path given with an attribute's name is not followed at its last name.
extern const int cl_open_unnamed;
int cl_rename_at(int from_directory, const char *from, int to_directory, const char *to, uint32_t flags);
// A file that was opened without a name gets one.
int cl_name_unnamed(int fd, int directory, const char *name);
int cl_make_special(int directory, const char *name, uint32_t mode, uint32_t major, uint32_t minor);
int cl_allocate(int fd, int64_t size);
int cl_set_attribute(const char *path, const char *name, const void *value, size_t size);
int cl_remove_attribute(const char *path, const char *name);
// The size of what there is, also where that does not fit.
int64_t cl_attribute(const char *path, const char *name, void *value, size_t size);
int64_t cl_attributes(const char *path, char *names, size_t size);
// Only the time of modification, as `touch -m` does.
int cl_set_modified(int directory, const char *name, int64_t seconds, int64_t nanoseconds);
int cl_set_modified_of(int fd, int64_t seconds, int64_t nanoseconds);

// The user that the calling thread is to the file system, without root's privileges there; for tests.
void cl_set_thread_user(uint32_t user);
