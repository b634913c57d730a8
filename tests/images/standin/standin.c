/* A stand-in for jupyterhub-singleuser that is all of an image: one static program without threads, up in a
 * millisecond, some hundred KiB of memory. It answers what the hub asks of a server and nothing that people ask; who
 * needs sign-in or kernels takes the real one. Made by build-standin.sh.
 *
 * Answers below JUPYTERHUB_SERVICE_PREFIX: api, api/status, api/kernels; end?code=N ends it with that code.
 *
 *   FAKE_MODE              serve (default); exit: ends at once with code 3, after words; silent: runs and never listens;
 *                          mute: takes connections and never answers; stubborn: does not end when asked
 *   FAKE_DELAY_MS          how long it waits before it listens
 *   FAKE_ACTIVITY_SECONDS  how often it reports to JUPYTERHUB_ACTIVITY_URL; without it never
 *   FAKE_MEMORY_MB         how much memory it takes and touches
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_LINES = 64, REQUEST_BYTES = 8192, LINE_SECONDS = 10 };

struct line {
    int socket; /* -1: nobody */
    size_t length;
    time_t since;
    char text[REQUEST_BYTES + 1];
};

static struct line lines[MOST_LINES];
static char started[40];

static const char *setting(const char *name, const char *otherwise) {
    const char *value = getenv(name);
    return value && *value ? value : otherwise;
}

static void fail(const char *what) {
    fprintf(stderr, "stand-in: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void end_quietly(int signal) {
    (void)signal;
    _exit(0);
}

static void moment(char *text, size_t size) {
    time_t now = time(NULL);
    strftime(text, size, "%Y-%m-%dT%H:%M:%S.000000Z", gmtime(&now));
}

static time_t seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

static void wait_ms(long milliseconds) {
    struct timespec pause = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    while (nanosleep(&pause, &pause) && errno == EINTR) {}
}

/* "http://10.1.2.3:8081/path" -> address, path. Hosts by name are not looked up: the hub names addresses. */
static int split_url(const char *url, struct sockaddr_in *address, const char **path) {
    char host[64];
    int port = 80, used = 0;
    if (sscanf(url, "http://%63[0-9.]%n", host, &used) != 1) return -1;
    url += used;
    if (*url == ':') port = (int)strtol(url + 1, (char **)&url, 10);
    memset(address, 0, sizeof *address);
    address->sin_family = AF_INET;
    address->sin_port = htons((unsigned short)port);
    if (path) *path = *url ? url : "/";
    return inet_pton(AF_INET, host, &address->sin_addr) == 1 ? 0 : -1;
}

static void report(void) {
    struct sockaddr_in hub;
    const char *path;
    char now[40], body[512], request[2048], answer[64] = "";
    if (split_url(setting("JUPYTERHUB_ACTIVITY_URL", ""), &hub, &path)) return;
    int line = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval patience = {5, 0};
    setsockopt(line, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(line, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    moment(now, sizeof now);
    int length = snprintf(body, sizeof body, "{\"servers\":{\"%s\":{\"last_activity\":\"%s\"}},\"last_activity\":\"%s\"}",
                          setting("JUPYTERHUB_SERVER_NAME", ""), now, now);
    int whole = snprintf(request, sizeof request,
                         "POST %s HTTP/1.1\r\nHost: hub\r\nAuthorization: token %s\r\nContent-Type: application/json\r\n"
                         "Content-Length: %d\r\nConnection: close\r\n\r\n%s",
                         path, setting("JUPYTERHUB_API_TOKEN", ""), length, body);
    if (!connect(line, (struct sockaddr *)&hub, sizeof hub) && send(line, request, (size_t)whole, MSG_NOSIGNAL) == whole)
        if (recv(line, answer, sizeof answer - 1, 0) < 0) answer[0] = 0;
    printf("activity %.3s\n", strlen(answer) > 12 ? answer + 9 : "---");
    close(line);
}

static void let_go(struct line *line) {
    close(line->socket);
    line->socket = -1;
}

static void answer(struct line *line) {
    const char *prefix = setting("JUPYTERHUB_SERVICE_PREFIX", "/");
    const char *status = "404 Not Found", *body = "{\"message\":\"the stand-in has no such page\"}";
    char own[256], head[512], target[1024] = "";
    int code = -1;
    sscanf(line->text, "%*15s %1023s", target);
    char *query = strchr(target, '?');
    if (query) *query++ = 0;
    if (!strncmp(target, prefix, strlen(prefix))) {
        const char *page = target + strlen(prefix);
        if (!strcmp(page, "api")) body = "{\"version\":\"2.0.0\"}";
        else if (!strcmp(page, "api/kernels") || !strcmp(page, "api/terminals")) body = "[]";
        else if (!strcmp(page, "api/status")) {
            snprintf(own, sizeof own, "{\"started\":\"%s\",\"last_activity\":\"%s\",\"connections\":0,\"kernels\":0}", started,
                     started);
            body = own;
        } else if (!strcmp(page, "end")) {
            code = query && !strncmp(query, "code=", 5) ? atoi(query + 5) : 0;
            body = "{}";
        } else status = NULL;
        status = status ? "200 OK" : "404 Not Found";
    }
    int size = snprintf(head, sizeof head,
                        "HTTP/1.1 %s\r\nContent-Type: application/json\r\nX-JupyterHub-Version: 6.1.1\r\n"
                        "Content-Length: %zu\r\nConnection: close\r\n\r\n",
                        status, strlen(body));
    if (send(line->socket, head, (size_t)size, MSG_NOSIGNAL | MSG_MORE) == size)
        if (send(line->socket, body, strlen(body), MSG_NOSIGNAL) < 0) perror("stand-in: answering");
    let_go(line);
    if (code >= 0) {
        printf("ending with %d because a test asked\n", code);
        exit(code);
    }
}

static void read_on(struct line *line) {
    ssize_t got = recv(line->socket, line->text + line->length, REQUEST_BYTES - line->length, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return let_go(line);
    line->length += (size_t)got;
    line->text[line->length] = 0;
    if (strstr(line->text, "\r\n\r\n")) {
        if (strcmp(setting("FAKE_MODE", "serve"), "mute")) answer(line);
    } else if (line->length == REQUEST_BYTES) let_go(line);
}

static void take(int listener) {
    int socket = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (socket < 0) return;
    for (int at = 0; at < MOST_LINES; at++)
        if (lines[at].socket < 0) {
            lines[at].socket = socket;
            lines[at].length = 0;
            lines[at].since = seconds();
            return;
        }
    close(socket);
}

static void serve(int listener) {
    long every = strtol(setting("FAKE_ACTIVITY_SECONDS", "0"), NULL, 10);
    time_t due = seconds();
    for (;;) {
        struct pollfd wanted[MOST_LINES + 1] = {{listener, POLLIN, 0}};
        int busy = 0;
        for (int at = 0; at < MOST_LINES; at++) {
            if (lines[at].socket >= 0 && seconds() - lines[at].since > LINE_SECONDS) let_go(&lines[at]);
            wanted[at + 1].fd = lines[at].socket; /* negative ones are passed over */
            wanted[at + 1].events = POLLIN;
            busy |= lines[at].socket >= 0;
        }
        if (every && seconds() >= due) {
            report();
            due = seconds() + every;
        }
        long pause = every ? (due - seconds()) * 1000 : -1;
        if (busy && (pause < 0 || pause > 1000)) pause = 1000;
        if (poll(wanted, MOST_LINES + 1, (int)pause) < 0 && errno != EINTR) fail("poll");
        for (int at = 0; at < MOST_LINES; at++)
            if (lines[at].socket >= 0 && wanted[at + 1].revents) read_on(&lines[at]);
        if (wanted[0].revents) take(listener);
    }
}

int main(void) {
    const char *mode = setting("FAKE_MODE", "serve");
    struct sockaddr_in address;
    /* The first process of a container gets no signal that it does not ask for. */
    signal(SIGTERM, strcmp(mode, "stubborn") ? end_quietly : SIG_IGN);
    signal(SIGINT, strcmp(mode, "stubborn") ? end_quietly : SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("stand-in begins: %s\n", mode);
    moment(started, sizeof started);
    if (!strcmp(mode, "exit")) {
        fprintf(stderr, "ImportError: no module named notebook\n");
        return 3;
    }
    size_t megabytes = strtoul(setting("FAKE_MEMORY_MB", "0"), NULL, 10);
    if (megabytes) {
        char *memory = malloc(megabytes << 20);
        if (!memory) fail("memory");
        for (size_t at = 0; at < megabytes << 20; at += 4096) ((volatile char *)memory)[at] = 1;
    }
    while (!strcmp(mode, "silent")) pause();
    wait_ms(strtol(setting("FAKE_DELAY_MS", "0"), NULL, 10));
    if (split_url(setting("JUPYTERHUB_SERVICE_URL", "http://0.0.0.0:8888"), &address, NULL)) fail("JUPYTERHUB_SERVICE_URL");
    for (int at = 0; at < MOST_LINES; at++) lines[at].socket = -1;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), yes = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 64)) fail("listening");
    serve(listener);
}
