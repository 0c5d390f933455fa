#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

const uint32_t cl_epollin = EPOLLIN;
const uint32_t cl_epollout = EPOLLOUT;
const uint32_t cl_epollpri = EPOLLPRI;

static int result(int value) { return value < 0 ? -errno : value; }

int cl_epoll_create(void) { return result(epoll_create1(EPOLL_CLOEXEC)); }

int cl_epoll_add(int epoll, int fd, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data.u64 = token};
    return result(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
}

int cl_epoll_remove(int epoll, int fd) { return result(epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL)); }

int cl_epoll_wait(int epoll, struct cl_event *events, int count) {
    struct epoll_event found[64];
    int n = epoll_wait(epoll, found, count < 64 ? count : 64, -1);
    if (n < 0) return -errno;
    for (int i = 0; i < n; i++) {
        events[i].token = found[i].data.u64;
        events[i].events = found[i].events;
    }
    return n;
}

int cl_eventfd(void) { return result(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }
int cl_timerfd(void) { return result(timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK)); }

int cl_timerfd_set(int fd, int64_t nanoseconds) {
    struct itimerspec at = {0};
    at.it_value.tv_sec = nanoseconds / 1000000000;
    at.it_value.tv_nsec = nanoseconds % 1000000000;
    return result(timerfd_settime(fd, TFD_TIMER_ABSTIME, &at, NULL));
}

int64_t cl_boottime(void) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void set_of(sigset_t *set, const int *signals, int count) {
    sigemptyset(set);
    for (int i = 0; i < count; i++) sigaddset(set, signals[i]);
}

int cl_signalfd(const int *signals, int count) {
    sigset_t set;
    set_of(&set, signals, count);
    return result(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

int cl_signalfd_read(int fd) {
    struct signalfd_siginfo info;
    return read(fd, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}

int cl_block_signals(const int *signals, int count) {
    sigset_t set;
    set_of(&set, signals, count);
    return -pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int cl_ignore_signal(int number) { return signal(number, SIG_IGN) == SIG_ERR ? -errno : 0; }

void cl_block_thread_signals(void) {
    sigset_t set;
    sigfillset(&set);
    const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) sigdelset(&set, faults[i]);
    pthread_sigmask(SIG_SETMASK, &set, NULL);
}

const char *cl_error_text(int error) {
    const char *text = strerrordesc_np(error);
    return text ? text : "unknown error";
}

long cl_gettid(void) { return syscall(SYS_gettid); }
void cl_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }
int cl_pipe(int fds[2]) { return result(pipe2(fds, O_CLOEXEC)); }
int cl_memfd(const char *name) { return result(memfd_create(name, MFD_CLOEXEC)); }
