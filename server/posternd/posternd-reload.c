/* posternd-reload.c - A new configuration, role by role.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * decide stops first, because what it has asked must be answered by the act
 * and the vouch of the same configuration; then these are replaced, and a new
 * decide starts.  verify and unseal follow.  capture comes last, and there the
 * new one starts before the old one stops, to lose no datagram (one that both
 * see is claimed only once).  The channels stay, with what is in them.  */

#include "posternd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../common/base/encode.h"
#include "../../common/base/log.h"
#include "../../common/base/ticks.h"
#include "../role/places.h"

/* Time for decide to pass on our answer before it is stopped.  */
#define GRACE 100000u           /* Microseconds.  */

#define LINES_MOST 50           /* Of what changes, in the log.  */

/* What the new configuration needs must exist before anything uses it.  */
static gpg_error_t
check_places (config_t new, struct posternd *posternd, char **r_message)
{
  if (!places_good (new, r_message))
    return gpg_error (GPG_ERR_EPERM);
  if (runtime_has_key (posternd))
    return 0;
  if (asprintf (r_message, "the server's key %s cannot decrypt with what is in"
                " %s/agent; see 'encryption-keys' in server.conf",
                new->server_fpr, new->state) < 0)
    *r_message = NULL;
  return gpg_error (GPG_ERR_NO_SECKEY);
}

/* What posternd has opened for all its life cannot change.  */
static gpg_error_t
check_same_places (config_t old, config_t new, char **r_message)
{
  if (!strcmp (old->runtime, new->runtime) && !strcmp (old->state, new->state))
    return 0;
  *r_message = strdup ("'state' and 'runtime' change only with a restart of"
                       " posternd");
  return gpg_error (GPG_ERR_INV_VALUE);
}

/* All current children are to be replaced; those that have not started yet
   never do.  */
static void
retire_all (struct posternd *posternd)
{
  struct child *child;

  for (child = posternd->children; child; child = child->next)
    if (child->kind != KIND_AGENT)
      {
        child->leaving = true;
        if (!child->pid)
          child->due = 0;
      }
}

static bool
is_gone (const struct config_user *user, config_t config, uint64_t now)
{
  const struct config_user *same = config_user_by_name (config, user->name);

  return !same || strcmp (same->fpr, user->fpr)
         || (same->expires && now >= same->expires);
}

/* Find people who lose access with CONFIG: their commands must end.  They are
   added to those that a reload which is not over has found.  */
static void
find_gone (struct posternd *posternd, config_t config)
{
  const struct config_user *user = posternd->config->user;
  struct packet_leave *leave = &posternd->leave;
  uint64_t now = (uint64_t)time (NULL);
  size_t i;

  for (i = 0; i < posternd->config->n_users; i++)
    if (!is_gone (user + i, config, now))
      continue;
    else if (leave->n == PACKET_GONE_MOST)
      posternd->many_gone = true;
    else
      snprintf (leave->gone[leave->n++], sizeof *leave->gone, "%s",
                user[i].name);
  supervise_tell_gone (posternd);
}

/* Log what the reload changes, as --check --against shows it.  */
static void
log_differences (config_t old, config_t new)
{
  char *text = NULL, *line, *save = NULL;
  size_t n = 0, i = 0;

  if (memcmp (old->hash, new->hash, CONFIG_HASHLEN)
      && !check_differences (old, new, &text, &n))
    for (line = strtok_r (text, "\n", &save); line && i < LINES_MOST;
         line = strtok_r (NULL, "\n", &save), i++)
      log_info ("reload: %s", line);
  if (n > i)
    log_info ("reload: and %zu more; 'posternd --check --against' shows"
              " all", n - i);
  free (text);
}

gpg_error_t
reload_begin (struct posternd *posternd, char **r_message)
{
  config_t config = NULL;
  gpg_error_t err;

  *r_message = NULL;
  err = config_load (posternd->dir, &config, r_message);
  if (!err)
    err = check_same_places (posternd->config, config, r_message);
  if (!err)
    err = check_places (config, posternd, r_message);
  if (!err)
    err = runtime_check_vouch (config, r_message);
  if (err)
    {
      if (!*r_message)
        *r_message = strdup (gpg_strerror (err));
      log_error ("not reloaded, the current configuration stays: %s",
                 *r_message? *r_message : gpg_strerror (err));
      config_release (config);
      return err;
    }
  log_differences (posternd->config, config);
  find_gone (posternd, config);
  config_release (posternd->config);
  posternd->config = config;
  encode_hex (config->hash, CONFIG_HASHLEN, posternd->hash);
  muster_ask (posternd);
  retire_all (posternd);
  err = supervise_add_all (posternd, true);
  if (err)
    *r_message = strdup (gpg_strerror (err));
  posternd->reloading = true;
  posternd->reload_kind = KIND_DECIDE;
  posternd->reload_due = ticks_us () + GRACE;
  return err;
}


/* Stop the old ones of KIND; true when all are gone, or out of the way.  */
static bool
stop_old (struct posternd *posternd, enum kind kind)
{
  struct child *child;
  bool gone = true;

  for (child = posternd->children; child; child = child->next)
    if (child->kind == kind && child->leaving && child->pid
        && !child->lingers)
      {
        if (kind == KIND_ACT)
          supervise_leave (child);
        else
          supervise_stop (child);
        gone = false;
      }
  return gone;
}

/* Allow the new ones of KIND to start; true when all are ready.  */
static bool
start_new (struct posternd *posternd, enum kind kind)
{
  struct child *child;
  bool ready = true;

  for (child = posternd->children; child; child = child->next)
    if (child->kind == kind && !child->leaving)
      {
        child->held = false;
        ready = ready && child->ready;
      }
  return ready;
}

/* Replace the workers of KIND; true when it is done.  */
static bool
replace_kind (struct posternd *posternd, enum kind kind)
{
  return stop_old (posternd, kind) && start_new (posternd, kind);
}

/* decide does not wait for vouch, which most requests do not need.  */
static bool
start_deciding (struct posternd *posternd)
{
  bool vouch = start_new (posternd, KIND_VOUCH);

  return start_new (posternd, KIND_DECIDE) && vouch;
}

void
reload_step (struct posternd *posternd)
{
  bool done = false;

  if (!posternd->reloading || ticks_us () < posternd->reload_due)
    return;
  posternd->reload_due = 0;
  switch (posternd->reload_kind)
    {
    case KIND_DECIDE:
      done = stop_old (posternd, KIND_DECIDE)
             && replace_kind (posternd, KIND_ACT)
             && stop_old (posternd, KIND_VOUCH)
             && start_deciding (posternd);
      break;
    case KIND_VERIFY:
    case KIND_UNSEAL:
      done = replace_kind (posternd, posternd->reload_kind);
      break;
    case KIND_CAPTURE:
      done = start_new (posternd, KIND_CAPTURE)
             && stop_old (posternd, KIND_CAPTURE);
      break;
    default:
      break;
    }
  if (!done)
    return;
  posternd->reload_kind++;
  posternd->reload_due = ticks_us ();   /* Go on at once.  */
  if (posternd->reload_kind == KIND_COUNT)
    {
      posternd->reloading = false;
      posternd->leave.n = 0;
      posternd->many_gone = false;
      posternd->reload_due = 0;
      log_info ("reloaded: the configuration in %s is now current",
                posternd->dir);
    }
}
