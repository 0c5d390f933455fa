#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

// ThreadSanitizer takes clone(2) for a fork and would set itself up anew in the child, in the memory that is still the
// parent's; and its sigaction notes handlers there. So for that build alone both go to the C library by their other
// names, and what the child runs is left as it is written.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
extern int __clone(int (*)(void *), void *, int, void *, ...);
extern int __sigaction(int, const struct sigaction *, struct sigaction *);
#define clone __clone
#define set_handler __sigaction
#endif
#endif
#ifndef set_handler
#define set_handler sigaction
#endif
#define IN_CHILD __attribute__((disable_sanitizer_instrumentation))

// Child and parent share their memory until execve (CLONE_VM | CLONE_VFORK), so the child writes its error here.
struct start {
    const struct cl_spawn *what;
    pid_t parent;
    int step;
    int error;
};

IN_CHILD static int fail(struct start *start, int step) {
    start->step = step;
    start->error = errno ? errno : EINVAL;
    // What _exit(2) does, without what a sanitizer does there to the memory that is the parent's.
    syscall(SYS_exit_group, 127);
    return -1;
}

// Handlers would run in the parent's memory, and an ignored signal stays ignored across execve.
IN_CHILD static void default_handlers(void) {
    struct sigaction action = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) set_handler(number, &action, NULL);
}

IN_CHILD static int place_descriptors(const struct cl_spawn *what) {
    int given[3] = {what->input, what->output, what->errors};
    for (int i = 0; i < 3; i++) {
        if (given[i] <= 2) given[i] = fcntl(given[i], F_DUPFD_CLOEXEC, 3);
        if (given[i] < 0) return -1;
    }
    for (int i = 0; i < 3; i++)
        if (dup2(given[i], i) < 0) return -1;
    if (syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
        for (int fd = 3; fd < 4096; fd++) fcntl(fd, F_SETFD, FD_CLOEXEC);
    return 0;
}

IN_CHILD static int child(void *argument) {
    struct start *start = argument;
    const struct cl_spawn *what = start->what;
    default_handlers();
    if (setpgid(0, 0) != 0) fail(start, CL_STEP_SETUP);
    // The parent may have died before prctl took effect; then nobody would tell.
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0) fail(start, CL_STEP_SETUP);
    if (getppid() != start->parent) fail(start, CL_STEP_SETUP);
    if (place_descriptors(what) != 0) fail(start, CL_STEP_SETUP);
    if (what->directory && chdir(what->directory) != 0) fail(start, CL_STEP_CHDIR);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(what->path, what->argv, what->envp);
    return fail(start, CL_STEP_EXEC);
}

int cl_spawn(const struct cl_spawn *what, int *pidfd, int *step) {
    enum { stack_size = 256 * 1024 };
    *step = CL_STEP_CLONE;
    char *stack = mmap(NULL, stack_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) return -errno;
    struct start start = {.what = what, .parent = getpid()};
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t pid = clone(child, stack + stack_size, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &start, pidfd);
    int error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    munmap(stack, stack_size);
    if (pid < 0) return -error;
    if (!start.error) return pid;
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
    close(*pidfd);
    *step = start.step;
    return -start.error;
}

int cl_wait(pid_t pid, int reap, int *killed, int *value) {
    siginfo_t info = {0};
    int result;
    do result = waitid(P_PID, pid, &info, WEXITED | WNOHANG | (reap ? 0 : WNOWAIT));
    while (result < 0 && errno == EINTR);
    if (result < 0) return -errno;
    if (info.si_pid == 0) return 0;
    *killed = info.si_code != CLD_EXITED;
    *value = info.si_status;
    return 1;
}

char *const *cl_environment(void) { return environ; }
