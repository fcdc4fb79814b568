/* supervise-hear.c - What the children say to posternd.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Only the few messages in the table are accepted, each from the roles that
 * may send it; anything else is a bug or an attack, and everything stops.  */

#include "posternd.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "../../common/base/log.h"
#include "../ipc/message.h"
#include "../role/role.h"

#define MAX_POLL (2 * (2 * CONFIG_MAX_WORKERS + KIND_COUNT) + ROLE_ACTS + 4)

static gpg_error_t
hear_ready (void *hook, const struct message *msg)
{
  struct child *child = hook;
  struct posternd *p = child->posternd;

  (void)msg;
  child->ready = true;
  if (child->kind == KIND_ACT)
    doors_loaded (p);
  if (child->kind == KIND_ACT && p->keep_asked && !p->trial_end)
    return message_send (child->fd, PACKET_KEEP, 0, NULL, 0);
  return child->kind == KIND_DECIDE && *p->health.message
    ? health_tell (p, child) : 0;
}


static gpg_error_t
hear_pong (void *hook, const struct message *msg)
{
  struct child *child = hook;

  (void)msg;
  child->pinged = 0;
  return 0;
}


static gpg_error_t
hear_keep (void *hook, const struct message *msg)
{
  struct child *child = hook;
  struct posternd *p = child->posternd;
  struct child *act = supervise_find (p, KIND_ACT);

  if (p->trial_end)
    log_info ("kept: the trial is over, what it set up stays");
  p->trial_end = 0;
  p->on_trial = false;
  p->keep_asked = true;
  p->keep_id = msg->id;
  /* If act does not run, hear_ready sends it.  */
  return act? message_send (act->fd, PACKET_KEEP, 0, NULL, 0) : 0;
}


static gpg_error_t
hear_act_kept (void *hook, const struct message *msg)
{
  struct child *child = hook;
  struct posternd *p = child->posternd;
  struct child *decide = supervise_find (p, KIND_DECIDE);

  (void)msg;
  doors_loaded (p);
  if (!p->keep_asked)
    return 0;
  p->keep_asked = false;
  return decide? message_send (decide->fd, PACKET_KEPT, p->keep_id, NULL, 0)
               : 0;
}


static gpg_error_t
hear_reload (void *hook, const struct message *msg)
{
  struct child *child = hook;
  struct packet_reloaded answer;
  char *message;

  memset (&answer, 0, sizeof answer);
  if (reload_begin (child->posternd, &message))
    snprintf (answer.message, sizeof answer.message, "%s", message);
  free (message);
  return packet_send_reloaded (child->fd, msg->id, &answer);
}


static gpg_error_t
hear_settled (void *hook, const struct message *msg)
{
  struct child *child = hook;
  struct packet_reloaded answer;

  memset (&answer, 0, sizeof answer);
  if (child->posternd->reloading)
    snprintf (answer.message, sizeof answer.message,
              "the configuration is still being taken over");
  else if (!muster_settled (child->posternd))
    snprintf (answer.message, sizeof answer.message,
              "the roster's keys are still being judged");
  return packet_send_reloaded (child->fd, msg->id, &answer);
}


static gpg_error_t
hear_connect (void *hook, const struct message *msg)
{
  return agent_ask (hook, msg->id);
}


static gpg_error_t
hear_taken (void *hook, const struct message *msg)
{
  struct child *child = hook;
  struct packet_taken p;
  gpg_error_t err = packet_read_taken (msg, &p);

  if (!err && p.generation > child->handed)
    err = gpg_error (GPG_ERR_UNEXPECTED_MSG);
  if (err)
    return err;
  child->taken = p.generation;
  muster_taken (child->posternd);
  return 0;
}


static gpg_error_t
hear_left (void *hook, const struct message *msg)
{
  struct child *child = hook;

  (void)msg;
  if (!child->leaving || child->lingers)
    return gpg_error (GPG_ERR_UNEXPECTED_MSG);
  child->lingers = true;
  child->due = 0;
  log_info ("act (pid %ld) stays until the commands that it started have"
            " ended", (long)child->pid);
  return 0;
}


#define FROM_ANY (FROM_CAPTURE | FROM_UNSEAL | FROM_VERIFY | FROM_DECIDE \
                  | FROM_ACT | FROM_VOUCH)

static const struct packet_rule from_children[] =
  {
    PACKET_RULE (READY, FROM_ANY, hear_ready),
    PACKET_RULE (PONG, FROM_ANY, hear_pong),
    PACKET_RULE (RELOAD, FROM_DECIDE, hear_reload),
    PACKET_RULE (SETTLED, FROM_DECIDE, hear_settled),
    PACKET_RULE (KEEP, FROM_DECIDE, hear_keep),
    PACKET_RULE (KEPT, FROM_ACT, hear_act_kept),
    PACKET_RULE (LEFT, FROM_ACT, hear_left),
    PACKET_RULE (CONNECT, FROM_UNSEAL, hear_connect),
    PACKET_RULE (TAKEN, FROM_VERIFY, hear_taken)
  };


static void
hear_child (struct child *child)
{
  gpg_error_t err;

  err = packet_dispatch (child->fd, supervise_from (child->kind),
                         from_children,
                         sizeof from_children / sizeof *from_children, child);
  switch (gpg_err_code (err))
    {
    case 0:
    case GPG_ERR_EAGAIN:
    case GPG_ERR_EPIPE:         /* It ended meanwhile; it is reaped later.  */
      break;
    case GPG_ERR_EOF:
      close (child->fd);
      child->fd = -1;
      break;
    case GPG_ERR_UNEXPECTED_MSG:
    case GPG_ERR_BAD_DATA:
      log_error ("%s (pid %ld) sent an unexpected message; all stops",
                 supervise_name (child->kind), (long)child->pid);
      child->posternd->failed = EX_SOFTWARE;
      break;
    default:
      log_error ("talking to %s: %s", supervise_name (child->kind),
                 gpg_strerror (err));
    }
}


/* Descriptors that are not a child's, and who reads them.  */
struct other
{
  int fd;
  void (*hear) (struct posternd *posternd);
};

#define N_OTHERS 4

static void
list_others (struct posternd *posternd, struct other other[N_OTHERS])
{
  other[0] = (struct other){ posternd->agent_log[0], agent_log_hear };
  other[1] = (struct other){ posternd->probe_fd, agent_hear };
  other[2] = (struct other){ posternd->muster.run.fd, muster_hear };
  other[3] = (struct other){ posternd->muster.watch_fd, muster_hear_watch };
}


void
supervise_wait (struct posternd *posternd, int timeout)
{
  struct pollfd fds[MAX_POLL];
  struct child *who[MAX_POLL], *child;
  struct other other[N_OTHERS];
  struct timespec ts;
  sigset_t none;
  nfds_t i, n;

  log_tell_lost ();
  list_others (posternd, other);
  for (n = 0; n < N_OTHERS; n++)        /* A negative one is not polled.  */
    fds[n] = (struct pollfd){ other[n].fd, POLLIN, 0 };
  for (child = posternd->children; child && n < MAX_POLL; child = child->next)
    if (child->fd >= 0)
      {
        who[n] = child;
        fds[n++] = (struct pollfd){ child->fd, POLLIN, 0 };
      }
  ts.tv_sec = timeout / 1000;
  ts.tv_nsec = timeout % 1000 * 1000000L;
  sigemptyset (&none);
  if (ppoll (fds, n, &ts, &none) <= 0)
    return;
  for (i = 0; i < n; i++)
    if (fds[i].revents && i < N_OTHERS)
      other[i].hear (posternd);
    else if (fds[i].revents)
      hear_child (who[i]);
}
