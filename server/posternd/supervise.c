/* supervise.c - Starting, watching, stopping and hearing the children.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A role that ends by itself is started again, after a pause that grows;
 * messages wait in the channels meanwhile.  A role that gets an unexpected
 * message (ROLE_EXIT_BREACH), or sends one to posternd, has a bug or was taken
 * over: then everything stops, which leaves the ports shut.  */

#include "posternd.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "../../common/base/log.h"
#include "../../common/base/ticks.h"
#include "../ipc/message.h"
#include "../ipc/packets.h"
#include "../role/role.h"

#define PAUSE_FIRST 50          /* Milliseconds.  */
#define PAUSE_MOST  10000       /* After a start that failed.  */
#define PAUSE_LIVED 1000        /* After one that did not: shorter than any
                                   deadline, or what is asked meanwhile gets
                                   no answer.  */
#define PAUSE_RESET 60000000u   /* Microseconds of life that clear it.  */
#define SAY_AGAIN   60000000u   /* Between two log lines on the same failure. */
#define STOP_WAIT   5000000u    /* Microseconds between TERM and KILL.  */

static const struct
{
  const char *name;
  bool trial;                   /* Gets --trial.  */
  enum channel in, out;
  unsigned int from;            /* As a sender of messages.  */
} kinds[KIND_COUNT] =
  {
    [KIND_AGENT] = { .name = "gpg-agent" },
    [KIND_ACT] = { "act", true, CHANNEL_DECIDE_ACT, CHANNEL_NONE, FROM_ACT },
    [KIND_VOUCH] = { "vouch", false, CHANNEL_DECIDE_VOUCH, CHANNEL_NONE,
                     FROM_VOUCH },
    [KIND_DECIDE] = { "decide", true, CHANNEL_VERIFY_DECIDE,
                      CHANNEL_DECIDE_ACT, FROM_DECIDE },
    [KIND_VERIFY] = { "verify", false, CHANNEL_UNSEAL_VERIFY,
                      CHANNEL_VERIFY_DECIDE, FROM_VERIFY },
    [KIND_UNSEAL] = { "unseal", false, CHANNEL_CAPTURE_UNSEAL,
                      CHANNEL_UNSEAL_VERIFY, FROM_UNSEAL },
    [KIND_CAPTURE] = { "capture", false, CHANNEL_NONE, CHANNEL_CAPTURE_UNSEAL,
                       FROM_CAPTURE }
  };

const char *
supervise_name (enum kind kind)
{
  return kinds[kind].name;
}

unsigned int
supervise_from (enum kind kind)
{
  return kinds[kind].from;
}

gpg_error_t
supervise_add (struct posternd *posternd, enum kind kind, bool held)
{
  struct child *child = calloc (1, sizeof *child);
  struct child **where = &posternd->children;

  if (!child)
    return gpg_error_from_syserror ();
  child->posternd = posternd;
  child->kind = kind;
  child->fd = -1;
  child->held = held;
  while (*where)                /* Started in this order.  */
    where = &(*where)->next;
  *where = child;
  return 0;
}

/* How many of KIND the configuration asks for.  */
static unsigned int
count_children (config_t config, unsigned int kind)
{
  if (kind == KIND_UNSEAL || kind == KIND_VERIFY)
    return config->workers;
  return kind == KIND_VOUCH? config_requires_any (config) : 1;
}

gpg_error_t
supervise_add_all (struct posternd *posternd, bool held)
{
  gpg_error_t err = 0;
  unsigned int kind, i, n;

  for (kind = KIND_ACT; kind < KIND_COUNT; kind++)
    {
      n = count_children (posternd->config, kind);
      for (i = 0; !err && i < n; i++)
        err = supervise_add (posternd, (enum kind)kind, held);
    }
  return err;
}

bool
supervise_all_ready (struct posternd *posternd)
{
  struct child *child;

  for (child = posternd->children; child; child = child->next)
    if (!child->ready && !child->leaving)
      return false;
  return true;
}


/* Seconds of the trial that are left, rounded up; 0: none.  */
static unsigned int
trial_left (struct posternd *posternd)
{
  uint64_t now = ticks_us ();

  if (!posternd->trial_end)
    return 0;
  if (posternd->trial_end <= now)
    return 1;
  return (unsigned int)((posternd->trial_end - now + 999999) / 1000000);
}

static gpg_error_t
start_role (struct child *child, int fd)
{
  struct posternd *p = child->posternd;
  const char *argv[10];
  char trial[16];
  /* As enum role_fd has it; the last two are only for decide.  */
  struct spawn spawn =
    { .argv = argv, .n_fds = child->kind == KIND_DECIDE ? 5 : 3,
      .fd = { fd, p->channel[kinds[child->kind].in][CHANNEL_IN],
              p->channel[kinds[child->kind].out][CHANNEL_OUT], p->control_fd,
              p->channel[CHANNEL_DECIDE_VOUCH][CHANNEL_OUT] } };
  size_t n = 0;

  argv[n++] = kinds[child->kind].name;
  argv[n++] = "--config";
  argv[n++] = p->dir;
  argv[n++] = "--hash";
  argv[n++] = p->hash;
  if (kinds[child->kind].trial && p->trial_end)
    {
      snprintf (trial, sizeof trial, "%u", trial_left (p));
      argv[n++] = "--trial";
      argv[n++] = trial;
    }
  if (p->verbose)
    argv[n++] = "-v";
  argv[n] = NULL;
  return spawn_program (p->libexec, &spawn, &child->pid);
}

/* A new channel for each start: nothing that a dead child left may count.  */
static gpg_error_t
start_with_channel (struct child *child)
{
  gpg_error_t err;
  int sv[2];

  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv))
    return gpg_error_from_syserror ();
  if (fcntl (sv[0], F_SETFL, O_NONBLOCK) < 0)
    err = gpg_error_from_syserror ();
  else
    err = start_role (child, sv[1]);
  close (sv[1]);
  if (err)
    {
      close (sv[0]);
      return err;
    }
  child->fd = sv[0];
  child->handed = child->taken = 0;
  return muster_hand_over (child->posternd, child);
}

/* The pause before the next start; LIVED: the last one had succeeded.  True
   if it has grown, false if it could not grow any more.  */
static bool
grow_pause (struct child *child, bool lived)
{
  unsigned int most = lived? PAUSE_LIVED : PAUSE_MOST;
  uint64_t now = ticks_us ();
  bool grown;

  if (child->since && now - child->since >= PAUSE_RESET)
    child->pause = 0;
  grown = child->pause < most;
  child->pause = child->pause? child->pause * 2 : PAUSE_FIRST;
  if (child->pause > most)
    child->pause = most;
  child->due = now + child->pause * 1000u;
  return grown;
}

/* Whether to log one more failure of CHILD: each while its pause grows, then
   one a minute, which says how many were not logged.  */
static bool
is_said (struct child *child, bool grown, char *more, size_t size)
{
  uint64_t now = ticks_us ();

  *more = 0;
  if (!grown && now - child->said < SAY_AGAIN)
    {
      child->unsaid++;
      return false;
    }
  if (child->unsaid)
    snprintf (more, size, " (and %u times since it was last said)",
              child->unsaid);
  child->unsaid = 0;
  child->said = now;
  return true;
}

static void
start_kind (struct child *child)
{
  gpg_error_t err;
  char more[64];

  child->since = ticks_us ();
  child->due = 0;
  child->pinged = 0;
  child->ready = false;
  if (child->kind == KIND_AGENT)
    err = agent_start (child->posternd, &child->pid);
  else
    err = start_with_channel (child);
  if (!err)
    {
      child->ready = child->kind == KIND_AGENT;
      log_debug ("%s (pid %ld) started", kinds[child->kind].name,
                 (long)child->pid);
      return;
    }
  if (is_said (child, grow_pause (child, false), more, sizeof more))
    log_error ("cannot start %s: %s%s; trying again in %u ms",
               kinds[child->kind].name, gpg_strerror (err), more,
               child->pause);
}

/* Where 'on-stop' opens the doors, act does it when it is asked to stop.
   That must not be what somebody gets by making posternd fail.  */
static int
stop_signal (const struct child *child)
{
  return child->kind == KIND_ACT && child->posternd->failed
    ? SIGKILL : SIGTERM;
}

void
supervise_replace (struct child *child)
{
  child->pause = 0;
  if (child->pid)
    kill (child->pid, SIGKILL);
}

void
supervise_stop (struct child *child)
{
  child->leaving = true;
  if (!child->pid || child->due)
    return;
  kill (child->pid, stop_signal (child));
  child->due = ticks_us () + STOP_WAIT;
}

static unsigned int
count_lingering (struct posternd *posternd)
{
  struct child *child;
  unsigned int n = 0;

  for (child = posternd->children; child; child = child->next)
    n += child->lingers;
  return n;
}

/* False: it must be stopped.  */
static bool
tell_leave (struct child *child)
{
  struct posternd *p = child->posternd;

  return !p->many_gone && !packet_send_leave (child->fd, 0, &p->leave);
}

void
supervise_leave (struct child *child)
{
  if (child->due)
    return;
  if (!child->ready || count_lingering (child->posternd) >= ROLE_ACTS - 1
      || !tell_leave (child))
    supervise_stop (child);
  else
    child->due = ticks_us () + STOP_WAIT;
}

void
supervise_tell_gone (struct posternd *posternd)
{
  struct child *child;

  for (child = posternd->children; child; child = child->next)
    if (child->lingers && child->pid && !tell_leave (child))
      supervise_stop (child);
}


struct child *
supervise_find (struct posternd *posternd, enum kind kind)
{
  struct child *child;

  for (child = posternd->children; child; child = child->next)
    if (child->kind == kind && child->ready && !child->leaving)
      return child;
  return NULL;
}

/* How children end.  */

void
supervise_describe_end (int status, char *text, size_t size)
{
  if (WIFSIGNALED (status))
    snprintf (text, size, "was ended by signal %d (%s)", WTERMSIG (status),
              strsignal (WTERMSIG (status)));
  else
    snprintf (text, size, "ended with exit code %d", WEXITSTATUS (status));
}

static void
note_child_end (struct child *child, int status)
{
  struct posternd *p = child->posternd;
  const char *name = kinds[child->kind].name;
  long pid = (long)child->pid;
  int code = WIFEXITED (status)? WEXITSTATUS (status) : -1;
  bool lived = child->ready;
  char text[80], more[64];

  supervise_describe_end (status, text, sizeof text);
  child->pid = 0;
  child->ready = false;
  if (child->fd >= 0)
    close (child->fd);
  child->fd = -1;
  agent_hang_up (child);
  if (code == ROLE_EXIT_BREACH && child->kind != KIND_AGENT)
    {
      log_error ("%s (pid %ld) got an unexpected message; all stops", name,
                 pid);
      p->failed = EX_SOFTWARE;
    }
  else if (code == ROLE_EXIT_CONFIG && !p->announced)
    p->failed = EX_CONFIG;      /* It has said why.  */
  else if (child->lingers && WIFSIGNALED (status))
    log_warn ("%s (pid %ld) %s; what became of the commands that it ran is"
              " not known", name, pid, text);
  else if (child->leaving)
    log_debug ("%s (pid %ld) %s", name, pid, text);
  else if (is_said (child, grow_pause (child, lived), more, sizeof more))
    log_warn ("%s (pid %ld) %s%s; starting it again in %u ms", name, pid,
              text, more, child->pause);
}

static void
reap_children (struct posternd *posternd)
{
  struct child *child;
  int status;
  pid_t pid;

  while ((pid = waitpid (-1, &status, WNOHANG)) > 0)
    {
      for (child = posternd->children; child; child = child->next)
        if (child->pid == pid)
          break;
      if (child)
        note_child_end (child, status);
      else
        muster_ended (posternd, pid, status);
    }
}

static void
forget_gone (struct posternd *posternd)
{
  struct child **where = &posternd->children;
  struct child *child;

  while ((child = *where))
    if (child->leaving && !child->pid)
      {
        *where = child->next;
        free (child);
      }
    else
      where = &child->next;
}

void
supervise_step (struct posternd *posternd)
{
  struct child *child;
  uint64_t now = ticks_us ();

  reap_children (posternd);
  forget_gone (posternd);
  agent_answer (posternd);
  for (child = posternd->children; child; child = child->next)
    if (child->pid && child->leaving && child->due && child->due <= now)
      {
        log_warn ("%s (pid %ld) does not stop: killed",
                  kinds[child->kind].name, (long)child->pid);
        kill (child->pid, SIGKILL);
        child->due = now + STOP_WAIT;
      }
    else if (!child->pid && !child->held && !child->leaving
             && child->due <= now)
      start_kind (child);
}

int
supervise_timeout (struct posternd *posternd)
{
  struct child *child;
  uint64_t now = ticks_us ();
  uint64_t next = now + 60000000u;
  const uint64_t due[] =
    { agent_due (posternd), muster_due (posternd), health_due (posternd),
      posternd->trial_end ? posternd->trial_end : UINT64_MAX,
      posternd->reload_due ? posternd->reload_due : UINT64_MAX };
  size_t i;

  for (child = posternd->children; child; child = child->next)
    {
      if ((child->due || !child->pid) && !child->held && child->due < next)
        next = child->due;
      if (child->link.asked && child->link.due < next)
        next = child->link.due;
    }
  for (i = 0; i < sizeof due / sizeof *due; i++)
    if (due[i] < next)
      next = due[i];
  return next <= now? 0 : (int)((next - now + 999) / 1000);
}

static bool
any_runs (struct posternd *posternd, enum kind kind)
{
  struct child *child;

  for (child = posternd->children; child; child = child->next)
    if (child->kind == kind && child->pid)
      return true;
  return false;
}

void
supervise_stop_all (struct posternd *posternd)
{
  struct child *child;
  int kind;

  for (child = posternd->children; child; child = child->next)
    child->leaving = true;      /* Nothing is started any more.  */
  for (kind = KIND_COUNT - 1; kind >= 0; kind--)
    {
      for (child = posternd->children; child; child = child->next)
        if ((int)child->kind == kind)
          supervise_stop (child);
      while (any_runs (posternd, (enum kind)kind))
        {
          supervise_wait (posternd, supervise_timeout (posternd));
          supervise_step (posternd);
        }
    }
  forget_gone (posternd);
}
