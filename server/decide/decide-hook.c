/* decide-hook.c - What act is to tell by a hook.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Only of requests that were claimed: no stranger's packet starts a
 * program.  */

#include "decide-parts.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "../../common/base/encode.h"
#include "../../common/base/log.h"


/* REASON cut to what a message holds, and never half a character.  What is
   not plain is not told.  */
static void
copy_reason (const char *reason, char buf[PACKET_REASONLEN + 1])
{
  size_t len = reason ? strlen (reason) : 0;

  if (len > PACKET_REASONLEN)
    for (len = PACKET_REASONLEN; len && (reason[len] & 0xc0) == 0x80; len--)
      ;
  if (len && encode_is_clean (reason, len) && !memchr (reason, '\n', len))
    memcpy (buf, reason, len);
}


/* act reads at once but for a moment; where it does not, a hook is not
   worth waiting for.  */
static bool
has_room (int fd)
{
  struct pollfd pfd = { fd, POLLOUT, 0 };

  return poll (&pfd, 1, 0) == 1 && pfd.revents & POLLOUT;
}


void
hook_tell (struct job *job, enum config_event event, const char *reason)
{
  struct decide *decide = job->decide;
  const struct config_rule *rule = job->verdict.rule;
  struct packet_hook hook;

  if (!decide->config->on_event[event])
    return;
  memset (&hook, 0, sizeof hook);
  memcpy (hook.hash, decide->config->hash, sizeof hook.hash);
  hook.event = (uint8_t)event;
  snprintf (hook.user, sizeof hook.user, "%s",
            job->row.user ? job->row.user : "");
  snprintf (hook.rule, sizeof hook.rule, "%s", rule ? rule->name : "");
  memcpy (hook.request, job->row.request, sizeof hook.request);
  hook.source = job->origin.src;
  hook.addr = job->row.address;
  hook.ports = job->req->ports;
  copy_reason (reason, hook.reason);
  if (!has_room (decide->fd_out)
      || packet_send_hook (decide->fd_out, 0, &hook))
    log_warn ("act is busy: a hook is not told of request %02x%02x%02x%02x",
              hook.request[0], hook.request[1], hook.request[2],
              hook.request[3]);
}
