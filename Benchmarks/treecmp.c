/* treecmp [-1] [-c] [-n N] [-x NAME]... SOURCE TARGET: strict comparison of two trees.
 *   -1       stop at the first difference, for cheap polling
 *   -c       compare the contents of all files too (always where only the time differs)
 *   -n N     name at most N differing paths (5)
 *   -x NAME  ignore this name at the root of either tree
 * Prints one line of JSON; ends with 0 when nothing differs, 1 when something does, 2 when it can't be told. Times count to the
 * second, as with rsync's quick check; parts of a second and times of directories are counted, and make nothing different. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MISSING, EXTRA, TYPE, SIZE, MODE, OWNER, MTIME_S, CONTENT, LTARGET, DIFFERENCES, MTIME_NS = DIFFERENCES, DIRMTIME, KINDS };
static const char *const names[KINDS] = {"missing", "extra", "type", "size", "mode", "owner", "mtime_s", "content",
                                         "ltarget", "mtime_ns", "dirmtime"};
static long counts[KINDS], files, folders;
static int stops_at_first, reads_all, shown_limit = 5, shown_count, ignored_count;
static const char *ignored[32];
static char shown[64][600];

static long differences(void) {
    long sum = 0;
    for (int kind = 0; kind < DIFFERENCES; kind++) sum += counts[kind];
    return sum;
}

static void found(int kind, const char *path) {
    counts[kind]++;
    if (kind < DIFFERENCES && shown_count < shown_limit && shown_count < 64)
        snprintf(shown[shown_count++], sizeof shown[0], "%s %.500s", names[kind], path);
}

static int is_done(void) { return stops_at_first && differences(); }

static int is_ignored(int is_root, const char *name) {
    if (!strcmp(name, ".") || !strcmp(name, "..")) return 1;
    for (int i = 0; is_root && i < ignored_count; i++)
        if (!strcmp(ignored[i], name)) return 1;
    return 0;
}

static int same_content(int source, int target, const char *name) {
    static char left[1 << 16], right[1 << 16];
    int a = openat(source, name, O_RDONLY | O_NOFOLLOW), b = openat(target, name, O_RDONLY | O_NOFOLLOW);
    int same = a >= 0 && b >= 0;
    while (same) {
        ssize_t x = read(a, left, sizeof left), y = read(b, right, sizeof right);
        same = x == y && x >= 0 && !memcmp(left, right, (size_t)x);
        if (x <= 0) break;
    }
    if (a >= 0) close(a);
    if (b >= 0) close(b);
    return same;
}

static int same_link(int source, int target, const char *name) {
    char left[4096], right[4096];
    ssize_t x = readlinkat(source, name, left, sizeof left), y = readlinkat(target, name, right, sizeof right);
    return x == y && x >= 0 && !memcmp(left, right, (size_t)x);
}

static void compare_file(int source, int target, const char *name, const char *path, const struct stat *a,
                         const struct stat *b) {
    int other_time = 1;
    files++;
    if (a->st_size != b->st_size) {
        found(SIZE, path);
        return;
    }
    if (a->st_mtim.tv_sec != b->st_mtim.tv_sec) found(MTIME_S, path);
    else if (a->st_mtim.tv_nsec != b->st_mtim.tv_nsec) found(MTIME_NS, path);
    else other_time = 0;
    if ((reads_all || (other_time && !stops_at_first)) && !same_content(source, target, name)) found(CONTENT, path);
}

static void walk(int source, int target, const char *path, int is_root);

static void compare_entry(int source, int target, const char *name, const char *path, const struct stat *a) {
    struct stat b;
    if (fstatat(target, name, &b, AT_SYMLINK_NOFOLLOW)) {
        found(MISSING, path);
        return;
    }
    if ((a->st_mode ^ b.st_mode) & S_IFMT) {
        found(TYPE, path);
        return;
    }
    if (S_ISREG(a->st_mode)) compare_file(source, target, name, path, a, &b);
    if (S_ISLNK(a->st_mode) && !same_link(source, target, name)) found(LTARGET, path);
    if (!S_ISLNK(a->st_mode) && ((a->st_mode ^ b.st_mode) & 07777)) found(MODE, path);
    if (a->st_uid != b.st_uid || a->st_gid != b.st_gid) found(OWNER, path);
    if (!S_ISDIR(a->st_mode)) return;
    folders++;
    if (a->st_mtim.tv_sec != b.st_mtim.tv_sec) found(DIRMTIME, path);
    int x = openat(source, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    int y = openat(target, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (x >= 0 && y >= 0 && !is_done()) walk(x, y, path, 0);
    if (x >= 0) close(x);
    if (y >= 0) close(y);
}

/* Each name of one folder: compared from the source's side, only looked up from the target's. */
static void each(int own, int other, const char *path, int is_root, int is_target) {
    DIR *folder = fdopendir(dup(own));
    struct dirent *entry;
    if (!folder) return;
    rewinddir(folder);
    while (!is_done() && (entry = readdir(folder))) {
        struct stat status;
        char below[4096];
        if (is_ignored(is_root, entry->d_name)) continue;
        if (snprintf(below, sizeof below, "%s/%s", path, entry->d_name) >= (int)sizeof below) continue;
        if (is_target) {
            if (fstatat(other, entry->d_name, &status, AT_SYMLINK_NOFOLLOW)) found(EXTRA, below);
        } else if (!fstatat(own, entry->d_name, &status, AT_SYMLINK_NOFOLLOW)) {
            compare_entry(own, other, entry->d_name, below, &status);
        }
    }
    closedir(folder);
}

static void walk(int source, int target, const char *path, int is_root) {
    each(source, target, path, is_root, 0);
    each(target, source, path, is_root, 1);
}

static void print(void) {
    printf("{\"equal\": %s, \"files\": %ld, \"folders\": %ld", differences() ? "false" : "true", files, folders);
    for (int kind = 0; kind < KINDS; kind++) printf(", \"%s\": %ld", names[kind], counts[kind]);
    printf(", \"sample\": [");
    for (int i = 0; i < shown_count; i++) {
        printf("%s\"", i ? ", " : "");
        for (const char *c = shown[i]; *c; c++) putchar(*c == '"' || *c == '\\' || *c < 32 || *c == 127 ? '?' : *c);
        putchar('"');
    }
    printf("]}\n");
}

int main(int count, char **words) {
    int option;
    while ((option = getopt(count, words, "1cn:x:")) != -1) {
        if (option == '1') stops_at_first = 1;
        else if (option == 'c') reads_all = 1;
        else if (option == 'n') shown_limit = atoi(optarg);
        else if (option == 'x' && ignored_count < 32) ignored[ignored_count++] = optarg;
        else return 2;
    }
    if (count - optind != 2) return 2;
    int source = open(words[optind], O_RDONLY | O_DIRECTORY), target = open(words[optind + 1], O_RDONLY | O_DIRECTORY);
    if (source < 0 || target < 0) {
        printf("{\"error\": \"%s\"}\n", strerror(errno));
        return 2;
    }
    walk(source, target, "", 1);
    print();
    return differences() ? 1 : 0;
}
