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


/* act reads at once but for a moment; where it does not, a hook is not
   worth waiting for.  */
static bool
has_hook_room (int fd)
{
  struct pollfd pfd = { fd, POLLOUT, 0 };

  return poll (&pfd, 1, 0) == 1 && pfd.revents & POLLOUT;
}


void
hook_tell (struct job *job, enum config_event event, const char *reason)
{
  struct decide *decide = job->decide;
  const struct config_rule *rule = job->verdict.rule;
  struct packet_hook hook = { .event = (uint8_t)event,
                              .source = job->origin.src,
                              .addr = job->row.address,
                              .ports = job->req->ports };

  if (!decide->config->on_event[event])
    return;
  memcpy (hook.hash, decide->config->hash, sizeof hook.hash);
  snprintf (hook.user, sizeof hook.user, "%s",
            job->row.user ? job->row.user : "");
  snprintf (hook.rule, sizeof hook.rule, "%s", rule ? rule->name : "");
  memcpy (hook.request, job->row.request, sizeof hook.request);
  snprintf (hook.reason, sizeof hook.reason, "%s", reason ? reason : "");
  encode_drop_half (hook.reason);
  if (!encode_is_line (hook.reason, strlen (hook.reason)))
    *hook.reason = 0;           /* What is not plain is not told.  */
  if (!has_hook_room (decide->fd_out)
           || packet_send_hook (decide->fd_out, 0, &hook))
    log_warn ("act is busy: a hook is not told of request %02x%02x%02x%02x",
              hook.request[0], hook.request[1], hook.request[2],
              hook.request[3]);
}
