/* posternd-health.c - Whether requests get through.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * That all processes exist says little: one may be stopped, or hang, or end
 * as often as it is started.  So each role gets a PING now and then, which it
 * answers between two messages, and the agent is asked for its greeting
 * (posternd-agent.c).  */

#include "posternd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../common/base/encode.h"
#include "../../common/base/log.h"
#include "../../common/base/ticks.h"
#include "../role/role.h"

/* Microseconds.  */
#define PING_EVERY 10000000u
#define PING_WAIT  30000000u    /* unseal waits 5 s for gpg-agent.  */
#define DOWN_LONG  3000000u     /* Without one of a kind: worth logging.  */

void
health_init (struct posternd *posternd)
{
  const char *every = getenv ("WATCHDOG_USEC");
  const char *pid = getenv ("WATCHDOG_PID");
  unsigned long long v;

  if (pid && (decode_decimal (pid, strlen (pid), INT32_MAX, &v)
              || (pid_t)v != getpid ()))
    return;                     /* Meant for another process.  */
  if (every && !decode_decimal (every, strlen (every), UINT32_MAX, &v))
    posternd->watchdog_every = v / 3;
}


/* Since when none of KIND is ready, though one should be; 0: one is.  */
static uint64_t
down_since (struct posternd *posternd, enum kind kind, uint64_t now)
{
  struct child *child;
  bool wanted = false;

  for (child = posternd->children; child; child = child->next)
    if (child->kind == kind && child->ready)
      return 0;
    else if (child->kind == kind && !child->leaving)
      wanted = true;
  if (!wanted)
    return 0;
  return posternd->down_since[kind] ? posternd->down_since[kind] : now;
}

static void
find_trouble (struct posternd *posternd, struct packet_health *health,
              uint64_t now)
{
  const char *keys = muster_trouble (posternd);
  int kind;

  memset (health, 0, sizeof *health);
  posternd->blocked = posternd->agent_trouble != NULL;
  if (posternd->agent_trouble)
    snprintf (health->message, sizeof health->message, "%s",
              posternd->agent_trouble);
  for (kind = 0; kind < KIND_COUNT; kind++)
    {
      posternd->down_since[kind] = down_since (posternd, (enum kind)kind, now);
      if (!posternd->down_since[kind]
          || now - posternd->down_since[kind] < DOWN_LONG)
        continue;
      /* Without vouch, requests that need no credential still work.  */
      posternd->blocked |= kind != KIND_VOUCH;
      if (!*health->message)
        snprintf (health->message, sizeof health->message,
                  "%s does not run; see the log",
                  supervise_name ((enum kind)kind));
    }
  if (keys && !*health->message)
    snprintf (health->message, sizeof health->message, "%s", keys);
}

gpg_error_t
health_tell (struct posternd *posternd, struct child *decide)
{
  gpg_error_t err = packet_send_health (decide->fd, 0, &posternd->health);

  return gpg_err_code (err) == GPG_ERR_EAGAIN ? 0 : err;
}

/* What has changed goes to the log, to decide and to the service manager.  */
static void
tell_change (struct posternd *posternd)
{
  struct child *decide = supervise_find (posternd, KIND_DECIDE);
  const char *text = posternd->health.message;
  char status[PACKET_MESSAGELEN + 16];

  if (*text)
    log_warn ("%s: %s", posternd->blocked ? "requests do not get through"
              : "some requests may not get through", text);
  else
    log_info ("requests get through again");
  if (decide && decide->fd >= 0)
    health_tell (posternd, decide);
  snprintf (status, sizeof status, "STATUS=%s", text);
  runtime_notify (status);
}


/* Send CHILD a PING, or kill it if it has not answered the last one.  */
static void
ping_child (struct child *child, uint64_t now)
{
  if (child->pinged && now - child->pinged >= PING_WAIT)
    {
      log_error ("%s (pid %ld) has not answered for %u s; killed",
                 supervise_name (child->kind), (long)child->pid,
                 PING_WAIT / 1000000u);
      child->pinged = 0;
      supervise_replace (child);
    }
  else if (!child->pinged
           && !message_send (child->fd, PACKET_PING, 0, NULL, 0))
    child->pinged = now;
}

static void
ping_all (struct posternd *posternd, uint64_t now)
{
  struct child *child;

  if (now < posternd->ping_due)
    return;
  posternd->ping_due = now + PING_EVERY;
  for (child = posternd->children; child; child = child->next)
    if (child->ready && !child->leaving && child->fd >= 0)
      ping_child (child, now);
}

static void
feed_watchdog (struct posternd *posternd, uint64_t now)
{
  if (!posternd->watchdog_every || now < posternd->watchdog_due)
    return;
  posternd->watchdog_due = now + posternd->watchdog_every;
  if (!posternd->blocked)
    runtime_notify ("WATCHDOG=1");
}

void
health_step (struct posternd *posternd)
{
  uint64_t now = ticks_us ();
  struct packet_health health;

  if (!posternd->announced)     /* Nothing could get through yet.  */
    return;
  ping_all (posternd, now);
  find_trouble (posternd, &health, now);
  if (strcmp (health.message, posternd->health.message))
    {
      posternd->health = health;
      tell_change (posternd);
    }
  feed_watchdog (posternd, now);
}

uint64_t
health_due (const struct posternd *posternd)
{
  uint64_t due = UINT64_MAX;
  int kind;

  if (!posternd->announced)
    return due;
  due = posternd->ping_due;
  if (posternd->watchdog_every && posternd->watchdog_due < due)
    due = posternd->watchdog_due;
  for (kind = 0; kind < KIND_COUNT; kind++)
    if (posternd->down_since[kind] && !posternd->blocked
        && posternd->down_since[kind] + DOWN_LONG < due)
      due = posternd->down_since[kind] + DOWN_LONG;
  return due;
}
