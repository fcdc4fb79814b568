/* posternd-agentlog.c - What gpg-agent writes to stderr.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * It waits for whoever reads that; and while it does, no request gets
 * through.  A pipe that does not block loses what is too much instead.  */

#include "posternd.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../../common/base/log.h"

gpg_error_t
agent_log_open (struct posternd *posternd)
{
  /* We hold both ends: an agent that is started again goes on with it.  */
  return pipe2 (posternd->agent_log, O_NONBLOCK | O_CLOEXEC)
    ? gpg_error_from_syserror () : 0;
}

static void
log_line (struct posternd *posternd)
{
  if (posternd->agent_len)
    log_info ("gpg-agent: %.*s", (int)posternd->agent_len,
              posternd->agent_line);
  posternd->agent_len = 0;
}

/* One read at a time: one that never ends does not hold us up.  */
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
