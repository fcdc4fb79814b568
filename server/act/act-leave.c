/* act-leave.c - An act whose configuration is no longer current.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A reload ends no command: the act that started it hands everything else to
 * its successor, and stays until its commands have ended and decide knows.
 * It must start nothing any more and must not read from decide, whose
 * messages are for the successor; of its capabilities it keeps only the one
 * to end what it started.  */

#include "act.h"

#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include "../role/confine.h"


gpg_error_t
act_on_leave (void *hook, const struct message *msg)
{
  struct act *act = hook;
  struct packet_leave p;
  gpg_error_t err = packet_read_leave (msg, &p);
  unsigned int i;

  for (i = 0; !err && i < p.n; i++)
    act_runs_revoke (act, p.gone[i]);
  act->leaving = true;
  return err;
}


static const struct packet_rule from_parent[] =
  {
    ROLE_RULE_PING,
    PACKET_RULE (LEAVE, FROM_PARENT, act_on_leave)
  };


static gpg_error_t
let_go_of_rest (struct act *act)
{
  nftwatch_close (act->watch);
  firewall_release (act->firewall);
  grants_release (act->book);
  act->watch = NULL;
  act->firewall = NULL;
  act->book = NULL;
  return confine_starter (UINT64_C (1) << CAP_KILL);
}


static gpg_error_t
wait_for_runs (struct act *act)
{
  struct pollfd fds[2 + ACT_FDS] =
    { { ROLE_FD_PARENT, POLLIN, 0 }, { ROLE_FD_UPSTREAM, 0, 0 } };
  unsigned int n = run_prepare (&act->runs.set, fds + 2);
  gpg_error_t err = 0;

  if (act_runs_tells (act))
    fds[1].events = POLLOUT;
  if (role_wait (fds, 2 + n, run_wait (&act->runs.set)) < 0)
    return errno == EINTR ? 0 : gpg_error_from_syserror ();
  if (fds[0].revents)
    err = packet_dispatch (ROLE_FD_PARENT, FROM_PARENT, from_parent,
                           sizeof from_parent / sizeof *from_parent, act);
  if (gpg_err_code (err) == GPG_ERR_EAGAIN)
    err = 0;
  run_turn (&act->runs.set);
  return err ? err : act_runs_turn (act, fds[1].revents & POLLOUT);
}


gpg_error_t
act_leave (struct act *act)
{
  gpg_error_t err = 0;

  if (act->runs.n)
    err = let_go_of_rest (act);
  if (!err && act->runs.n)
    err = message_send (ROLE_FD_PARENT, PACKET_LEFT, 0, NULL, 0);
  while (!err && act->runs.n && !role_stopping ())
    err = wait_for_runs (act);
  act_runs_stop (act);
  return err;
}
