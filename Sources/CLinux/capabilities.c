#define _GNU_SOURCE
#include "clinux.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// Only what is inheritable and ambient outlives execve in a process of an ordinary user; see capabilities(7). An error
// means a kernel that has no such sets, and then there is nothing to take away.
void cl_keep_watching_rights(void) {
    const int rights[] = {CAP_SYS_ADMIN, CAP_DAC_READ_SEARCH};
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2];
    for (int i = 0; i < 2; i++) prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, rights[i], 0, 0);
    if (syscall(SYS_capget, &header, sets) != 0) return;
    for (int i = 0; i < 2; i++) sets[CAP_TO_INDEX(rights[i])].inheritable &= ~CAP_TO_MASK(rights[i]);
    syscall(SYS_capset, &header, sets);
}
