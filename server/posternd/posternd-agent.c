/* posternd-agent.c - The gpg-agent that holds the server's secret subkey.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Its sockets are made here, in a folder of root's, and outlive it: whoever
 * asks while the agent is started again only waits.  unseal can reach none of
 * them.  It gets connections to the restricted one, which are made here,
 * because through the full one it could make the agent drop its options, load
 * a library, or give away the secret key.
 *
 * Nothing works without the agent, and that it lives says little: it may
 * hang, and its socket may have gone.  So it is asked now and then for the
 * greeting that a client waits for.  All of that is read, or the agent would
 * log a connection that was reset; three bytes of it are looked at.  */

#include "posternd.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../common/base/log.h"
#include "../../common/base/ticks.h"
#include "../agent/agent.h"

#define PROBE_EVERY 5000000u    /* Microseconds between two probes.  */
#define PROBE_AGAIN 500000u     /* After one that could not begin.  */
#define PROBE_WAIT  10000000u   /* For the greeting.  */
#define PROBE_FIRST 30000000u   /* The same of one that has just started.  */
#define GREETING    1024        /* As long as a line of Assuan may be.  */
#define ANSWER_WAIT_S 5         /* How long unseal waits for the agent.  */
#define LINES_MOST  20          /* Of the agent's, in LINES_TIME.  */
#define LINES_TIME  10000000u   /* Microseconds.  */

static const char removed[] = "the socket of gpg-agent was removed";
static const char silent[] = "gpg-agent does not answer";

static const char *const socket_names[AGENT_SOCKETS] =
  { "agent/S.gpg-agent", "agent/S.gpg-agent.extra" };

/* Listen on one of the agent's sockets, in the place of whoever listens
   there.  If it fails the descriptor stays as it was.  */
static gpg_error_t
listen_for_agent (struct posternd *posternd, enum agent_socket which)
{
  gpg_error_t err;
  int fd = -1;
  char *path;

  if (asprintf (&path, "%s/%s", posternd->config->runtime,
                socket_names[which]) < 0)
    return gpg_error_from_syserror ();
  err = runtime_listen (path, 0177, true, &fd);
  if (err)
    log_debug ("%s: %s", path, gpg_strerror (err));
  free (path);
  if (err)
    return err;
  if (posternd->agent_fd[which] >= 0)
    close (posternd->agent_fd[which]);
  posternd->agent_fd[which] = fd;
  return 0;
}

static gpg_error_t
listen_for_clients (struct posternd *posternd)
{
  gpg_error_t err = listen_for_agent (posternd, AGENT_RESTRICTED);
  struct stat st;

  if (!err && lstat (posternd->agent_path, &st))
    err = gpg_error_from_syserror ();
  if (err)
    return err;
  posternd->agent_dev = st.st_dev;
  posternd->agent_ino = st.st_ino;
  return 0;
}

gpg_error_t
agent_open (struct posternd *posternd)
{
  gpg_error_t err;

  posternd->agent_home = config_state_path (posternd->config, "agent");
  if (!posternd->agent_home
      || asprintf (&posternd->agent_path, "%s/%s", posternd->config->runtime,
                   socket_names[AGENT_RESTRICTED]) < 0)
    return gpg_error_from_syserror ();
  err = listen_for_agent (posternd, AGENT_FULL);
  if (!err)
    err = listen_for_clients (posternd);
  if (err)
    log_error ("cannot listen on %s: %s", posternd->agent_path,
               gpg_strerror (err));
  return err;
}

void
agent_close (struct posternd *posternd)
{
  char *path;
  int i;

  for (i = 0; i < AGENT_SOCKETS; i++)
    if (posternd->agent_fd[i] >= 0
        && asprintf (&path, "%s/%s", posternd->config->runtime,
                     socket_names[i]) >= 0)
      {
        unlink (path);
        free (path);
      }
}


/* Connect to the agent's restricted socket, without waiting.  A full queue is
   GPG_ERR_EAGAIN.  */
static gpg_error_t
connect_to_agent (struct posternd *posternd, int *r_fd)
{
  struct sockaddr_un sun = { .sun_family = AF_UNIX };
  gpg_error_t err = 0;
  int fd;

  *r_fd = -1;
  /* It fits: we listen there.  */
  snprintf (sun.sun_path, sizeof sun.sun_path, "%s", posternd->agent_path);
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return gpg_error_from_syserror ();
  if (connect (fd, (struct sockaddr *)&sun, sizeof sun))
    err = gpg_error_from_syserror ();
  if (err)
    close (fd);
  else
    *r_fd = fd;
  return err;
}

/* unseal waits for an answer, but not for ever.  */
static gpg_error_t
set_patience (int fd)
{
  const struct timeval wait = { ANSWER_WAIT_S, 0 };

  if (fcntl (fd, F_SETFL, 0) < 0
      || setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait)
      || setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait))
    return gpg_error_from_syserror ();
  return 0;
}

gpg_error_t
agent_connect (struct posternd *posternd, int *r_fd)
{
  gpg_error_t err = connect_to_agent (posternd, r_fd);

  if (err)
    return err;
  err = set_patience (*r_fd);
  if (err)
    {
      close (*r_fd);
      *r_fd = -1;
    }
  return err;
}


/* The probe.  */

static void
end_probe (struct posternd *posternd, uint64_t due)
{
  if (posternd->probe_fd >= 0)
    close (posternd->probe_fd);
  posternd->probe_fd = -1;
  posternd->probe_greeted = false;
  posternd->probe_since = 0;
  posternd->probe_due = due;
}

/* Whether the socket that a client would connect to is the one we made.  */
static bool
is_our_socket (struct posternd *posternd)
{
  struct stat st;

  return !lstat (posternd->agent_path, &st) && S_ISSOCK (st.st_mode)
         && st.st_dev == posternd->agent_dev
         && st.st_ino == posternd->agent_ino;
}

/* No client can reach the socket that the agent listens on: create a new one,
   and start a new agent with it.  If that fails it is tried at each probe, and
   logged once.  */
static void
renew_socket (struct posternd *posternd, struct child *child)
{
  gpg_error_t err = listen_for_clients (posternd);

  if (!err)
    {
      log_warn ("%s was removed or replaced; made again",
                posternd->agent_path);
      supervise_replace (child);
    }
  else if (posternd->agent_trouble != removed)
    log_error ("%s was removed or replaced, and cannot be made: %s; remove"
               " what is there", posternd->agent_path, gpg_strerror (err));
  posternd->agent_trouble = removed;
  end_probe (posternd, ticks_us () + PROBE_EVERY);
}

/* Connect as for unseal.  If the queue is full it is tried again.  */
static void
begin_probe (struct posternd *posternd)
{
  uint64_t now = ticks_us ();

  if (!posternd->probe_since)
    posternd->probe_since = now;
  posternd->probe_due = now + PROBE_AGAIN;
  connect_to_agent (posternd, &posternd->probe_fd);
}

void
agent_hear (struct posternd *posternd)
{
  char greeting[GREETING];
  ssize_t n = recv (posternd->probe_fd, greeting, sizeof greeting, 0);

  if (n < 1 || (!posternd->probe_greeted
                && (n < 2 || memcmp (greeting, "OK", 2))))
    {                           /* It has ended, or is not a greeting.  */
      close (posternd->probe_fd);
      posternd->probe_fd = -1;
      posternd->probe_greeted = false;
      return;
    }
  posternd->probe_greeted = true;
  if (greeting[n - 1] != '\n')
    return;                     /* Its end comes later.  */
  posternd->agent_trouble = NULL;
  posternd->greeted = ticks_us ();
  end_probe (posternd, posternd->greeted + PROBE_EVERY);
}

/* How long CHILD, the agent, may take; on a busy host it starts slowly.  */
static uint64_t
probe_patience (const struct posternd *posternd, const struct child *child)
{
  return posternd->greeted > child->since ? PROBE_WAIT : PROBE_FIRST;
}

void
agent_step (struct posternd *posternd)
{
  struct child *child = supervise_find (posternd, KIND_AGENT);
  uint64_t now = ticks_us ();

  if (!child)                   /* It is being started again.  */
    end_probe (posternd, now);
  else if (posternd->probe_since
           && now - posternd->probe_since >= probe_patience (posternd, child))
    {
      log_warn ("gpg-agent (pid %ld) has not answered for %u s; killed",
                (long)child->pid,
                (unsigned int)((now - posternd->probe_since) / 1000000u));
      posternd->agent_trouble = silent;
      end_probe (posternd, now + PROBE_AGAIN);
      supervise_replace (child);
    }
  else if (posternd->probe_fd < 0 && now >= posternd->probe_due)
    {
      if (is_our_socket (posternd))
        begin_probe (posternd);
      else
        renew_socket (posternd, child);
    }
}

uint64_t
agent_due (const struct posternd *posternd)
{
  uint64_t now = ticks_us ();

  if (posternd->probe_fd < 0)
    return posternd->probe_due;
  return posternd->probe_since + PROBE_WAIT > now
    ? posternd->probe_since + PROBE_WAIT : now + PROBE_AGAIN;
}

gpg_error_t
agent_start (struct posternd *posternd, pid_t *r_pid)
{
  return agent_spawn (posternd->libexec, posternd->agent_home,
                      posternd->agent_fd,
                      agent_wants_card (posternd->agent_home),
                      posternd->agent_log[1], r_pid);
}


/* What gpg-agent writes to stderr.  It waits for whoever reads that, and
   while it does, no request gets through.  A pipe that does not block loses
   what is too much instead.  */

gpg_error_t
agent_log_open (struct posternd *posternd)
{
  /* We hold both ends: the next agent gets the same pipe.  */
  return pipe2 (posternd->agent_log, O_NONBLOCK | O_CLOEXEC)
    ? gpg_error_from_syserror () : 0;
}

/* The agent writes a line for each message that it cannot decrypt, and so
   whoever has a door key could fill the log.  True if one more may be
   written.  */
static bool
may_log_line (struct posternd *posternd)
{
  uint64_t now = ticks_us ();

  if (now - posternd->agent_lines_since >= LINES_TIME)
    {
      if (posternd->agent_lines > LINES_MOST)
        log_info ("gpg-agent: %u more lines",
                  posternd->agent_lines - LINES_MOST);
      posternd->agent_lines_since = now;
      posternd->agent_lines = 0;
    }
  return posternd->agent_lines++ < LINES_MOST;
}

static void
log_line (struct posternd *posternd)
{
  if (posternd->agent_len && may_log_line (posternd))
    log_info ("gpg-agent: %.*s", (int)posternd->agent_len,
              posternd->agent_line);
  posternd->agent_len = 0;
}

/* Only one read: an agent that never stops writing must not hold us up.  */
void
agent_log_hear (struct posternd *posternd)
{
  char buf[1024];
  ssize_t i, n = read (posternd->agent_log[0], buf, sizeof buf);

  for (i = 0; i < n; i++)
    {
      if (buf[i] == '\n' || posternd->agent_len == sizeof posternd->agent_line)
        log_line (posternd);
      if (buf[i] != '\n')
        posternd->agent_line[posternd->agent_len++] = buf[i];
    }
}
