/* Threads whose use of the machine is known: "spinner" runs for 0.5 s of processor time in inner_work, called by outer_work;
 * "sleeper" waits 60 times; a forked child runs for 0.3 s; 64 MiB are resident. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double used(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

__attribute__((noinline)) double inner_work(int rounds) {
    volatile double sum = 0;
    for (int i = 0; i < rounds; i++) { sum = sum + i * 0.5; }
    return sum;
}

__attribute__((noinline)) double outer_work(int rounds) { return inner_work(rounds) + inner_work(rounds); }

static double run_for(double seconds) {
    double sum = 0;
    while (used(CLOCK_THREAD_CPUTIME_ID) < seconds) { sum += outer_work(100000); }
    return sum;
}

static void *spin(void *argument) {
    pthread_setname_np(pthread_self(), "spinner");
    *(double *)argument = run_for(0.5);
    usleep(400000);
    return NULL;
}

static void *rest(void *argument) {
    pthread_setname_np(pthread_self(), "sleeper");
    for (int i = 0; i < 60; i++) { usleep(10000); }
    usleep(400000);
    return argument;
}

int main(void) {
    volatile char *memory = malloc(64 << 20);
    memset((void *)memory, 1, 64 << 20); /* volatile: no compiler may leave it out */
    double sum = memory[4096];
    pthread_t spinner, sleeper;
    pthread_create(&spinner, NULL, spin, &sum);
    pthread_create(&sleeper, NULL, rest, NULL);
    pid_t child = fork();
    if (child == 0) { _exit(run_for(0.3) < 0); }
    pthread_join(spinner, NULL);
    pthread_join(sleeper, NULL);
    waitpid(child, NULL, 0);
    return sum < 0;
}
