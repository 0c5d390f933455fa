/* pipeloop SOURCE TARGET: how fast bytes can be brought from tree to tree at all. One process reads the files of SOURCE's folders
 * into a pipe; the other writes each beside its name and renames it into place. No lists, no comparison, no owners. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct head { /* What goes before each entry; a size of -1 is a folder. */
    char path[512];
    long size;
    struct timespec time;
};
static char block[1 << 16];

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void put(int pipe, const void *bytes, size_t count) {
    for (const char *at = bytes; count;) {
        ssize_t done = write(pipe, at, count);
        if (done <= 0) die("write");
        at += done, count -= (size_t)done;
    }
}

static int take(int pipe, void *bytes, size_t count) {
    for (char *at = bytes; count;) {
        ssize_t done = read(pipe, at, count);
        if (done <= 0) return 0;
        at += done, count -= (size_t)done;
    }
    return 1;
}

static void send_file(int root, int pipe, const char *path, const struct stat *status) {
    struct head head = {.size = status->st_size, .time = status->st_mtim};
    int file = openat(root, path, O_RDONLY | O_NOFOLLOW);
    if (file < 0) die(path);
    snprintf(head.path, sizeof head.path, "%s", path);
    put(pipe, &head, sizeof head);
    for (long left = head.size; left > 0;) {
        ssize_t done = read(file, block, sizeof block);
        if (done <= 0) die(path);
        put(pipe, block, (size_t)done);
        left -= done;
    }
    close(file);
}

static void send_tree(int root, int pipe, const char *path) {
    int own = openat(root, path[0] ? path : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    DIR *folder = fdopendir(own);
    struct dirent *entry;
    if (!folder) die(path);
    while ((entry = readdir(folder))) {
        struct stat status;
        char below[512];
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        if (snprintf(below, sizeof below, "%s%s%s", path, path[0] ? "/" : "", entry->d_name) >= (int)sizeof below) die(path);
        if (fstatat(root, below, &status, AT_SYMLINK_NOFOLLOW)) die(below);
        if (S_ISREG(status.st_mode)) send_file(root, pipe, below, &status);
        if (!S_ISDIR(status.st_mode)) continue;
        struct head head = {.size = -1};
        snprintf(head.path, sizeof head.path, "%s", below);
        put(pipe, &head, sizeof head);
        send_tree(root, pipe, below);
    }
    closedir(folder);
}

static void receive(int root, int pipe) {
    struct head head;
    while (take(pipe, &head, sizeof head)) {
        if (head.size < 0) {
            if (mkdirat(root, head.path, 0755)) die(head.path);
            continue;
        }
        char beside[600];
        snprintf(beside, sizeof beside, "%s.new", head.path);
        int file = openat(root, beside, O_WRONLY | O_CREAT | O_EXCL, 0644);
        if (file < 0) die(beside);
        for (long left = head.size; left > 0;) {
            size_t part = left < (long)sizeof block ? (size_t)left : sizeof block;
            if (!take(pipe, block, part)) die("pipe");
            put(file, block, part);
            left -= (long)part;
        }
        struct timespec times[2] = {head.time, head.time};
        futimens(file, times);
        close(file);
        if (renameat(root, beside, root, head.path)) die(head.path);
    }
}

int main(int count, char **words) {
    int ends[2], status;
    if (count != 3 || pipe(ends)) return 2;
    int source = open(words[1], O_RDONLY | O_DIRECTORY), target = open(words[2], O_RDONLY | O_DIRECTORY);
    if (source < 0 || target < 0) die("open");
    pid_t child = fork();
    if (child < 0) die("fork");
    if (child == 0) {
        close(ends[1]);
        receive(target, ends[0]);
        return 0;
    }
    close(ends[0]);
    send_tree(source, ends[1], "");
    close(ends[1]);
    waitpid(child, &status, 0);
    return status != 0;
}
