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

// Starts a process in a process group of its own; it dies with the calling thread. Returns its pid, or -errno with the
// step that failed; the descriptor of the process goes to *pidfd.
int cl_spawn(const struct cl_spawn *what, int *pidfd, int *step);
// 1 and the status of waitpid(2) when the child has ended; it stays a zombie unless `reap`.
int cl_wait(pid_t pid, int reap, int *killed, int *value);
char *const *cl_environment(void);
