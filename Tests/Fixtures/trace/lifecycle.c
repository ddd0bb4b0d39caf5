/* What happens to programs: lifecycle MODE [COUNT]. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <nvtx3/nvToolsExt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void step(const char *name) {
    nvtxRangePushA(name);
    nvtxRangePop();
}

static void repeat(const char *name, int count) {
    for (int i = 0; i < count; i++) { step(name); }
}

/* A child that goes on with what the parent made, and then becomes this program again. */
static int with_children(char *program) {
    nvtxDomainHandle_t domain = nvtxDomainCreateA("family");
    nvtxEventAttributes_t a;
    memset(&a, 0, sizeof a);
    a.version = NVTX_VERSION;
    a.size = NVTX_EVENT_ATTRIB_STRUCT_SIZE;
    a.messageType = NVTX_MESSAGE_TYPE_REGISTERED;
    a.message.registered = nvtxDomainRegisterStringA(domain, "heirloom");
    nvtxRangePushA("parent");
    pid_t child = fork();
    if (child == 0) {
        nvtxRangePop(); /* the parent's: nothing of the child's is open */
        nvtxDomainRangePushEx(domain, &a);
        nvtxDomainRangePop(domain);
        execl(program, program, "plain", "3", (char *)NULL);
        _exit(9);
    }
    int status = 0;
    waitpid(child, &status, 0);
    nvtxDomainRangePushEx(domain, &a);
    nvtxDomainRangePop(domain);
    nvtxRangePop();
    return WEXITSTATUS(status);
}

/* Closes every descriptor and uses the numbers for files of its own. */
static int without_descriptors(int count) {
    repeat("before", 10);
    for (int d = 3; d < 64; d++) { close(d); }
    int files[16];
    for (int i = 0; i < 16; i++) { files[i] = open("own.txt", O_RDWR | O_CREAT, 0644); }
    if (write(files[0], "mine", 4) != 4) { return 1; }
    repeat("after", count);
    char text[5] = "";
    return pread(files[15], text, 4, 0) == 4 && strcmp(text, "mine") == 0 ? 0 : 2;
}

static void nest(int depth) {
    if (depth == 0) { return; }
    nvtxRangePushA("deep");
    nest(depth - 1);
    nvtxRangePop();
}

int main(int argc, char **argv) {
    const char *mode = argc > 1 ? argv[1] : "plain";
    int count = argc > 2 ? atoi(argv[2]) : 100;
    if (strcmp(mode, "plain") == 0) {
        repeat("plain", count);
    } else if (strcmp(mode, "children") == 0) {
        return with_children(argv[0]);
    } else if (strcmp(mode, "killed") == 0) {
        nvtxRangePushA("open");
        repeat("step", count);
        kill(getpid(), SIGKILL);
    } else if (strcmp(mode, "exits") == 0) {
        repeat("step", count);
        _exit(3);
    } else if (strcmp(mode, "crashes") == 0) {
        repeat("step", count);
        raise(SIGSEGV);
    } else if (strcmp(mode, "descriptors") == 0) {
        return without_descriptors(count);
    } else if (strcmp(mode, "deep") == 0) {
        nest(count);
    } else if (strcmp(mode, "captures") == 0) {
        for (int i = 0; i < 5; i++) {
            repeat("outside", count);
            nvtxRangePushA("capture");
            repeat("inside", count);
            nvtxRangePop();
        }
        repeat("outside", count);
    } else if (strcmp(mode, "seconds") == 0) {
        /* Steps for so many tenths of a second, the first of each named by it. */
        for (int i = 0; i < count; i++) {
            char text[32];
            snprintf(text, sizeof text, "tenth %d", i);
            step(text);
            for (int k = 0; k < 100; k++) {
                repeat("step", 200);
                usleep(1000);
            }
        }
    } else if (strcmp(mode, "waits") == 0) {
        step("ready");
        printf("ready\n");
        fflush(stdout);
        pause();
    } else {
        return 64;
    }
    return 0;
}
