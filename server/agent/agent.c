/* agent.c - Confines itself, and becomes gpg-agent.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * gpg-agent holds the one secret that opens every request, and answers a
 * process that reads what strangers send: so it is confined (agent-cage.c).
 *
 * posternd starts it with SIGPIPE ignored, which it inherits: it must not end
 * because a client left early.  */

#include "../role/mains.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "../../common/base/log.h"
#include "../role/role.h"
#include "agent.h"


/* gpg-agent takes its sockets as systemd passes them (sd_listen_fds(3)).  */
static gpg_error_t
name_sockets (void)
{
  char pid[24];

  snprintf (pid, sizeof pid, "%ld", (long)getpid ());
  if (setenv ("LISTEN_PID", pid, 1) || setenv ("LISTEN_FDS", "2", 1)
      || setenv ("LISTEN_FDNAMES", "std:extra", 1))
    return gpg_error_from_syserror ();
  return 0;
}


static void
become_agent (const char *home, bool card)
{
  const char *argv[] =
    { "gpg-agent", "--homedir", home, "--options", "/dev/null",
      "--supervised", "--quiet", "--batch", "--no-allow-mark-trusted",
      "--no-allow-external-cache", "--no-allow-loopback-pinentry",
      "--disable-check-own-socket", "--pinentry-program", "/bin/false",
      "--auto-expand-secmem", card ? NULL : "--disable-scdaemon", NULL };

  execv (POSTERN_GPG_AGENT, (char *const *)(uintptr_t)argv);
  log_error ("cannot run %s: %s", POSTERN_GPG_AGENT, strerror (errno));
}


int
agent_main (int argc, char **argv)
{
  bool card = argc == 3 && !strcmp (argv[2], "--card");
  gpg_error_t err;

  log_init ("agent", 0);
  if (argc < 2 || argc > 3 || (argc == 3 && !card))
    {
      log_error ("agent is started by posternd; see posternd(8)");
      return EX_USAGE;
    }
  err = agent_confine (argv[1], card);
  if (!err)
    err = name_sockets ();
  if (err)
    log_error ("cannot become %s: %s", ROLE_USER_AGENT, gpg_strerror (err));
  else
    become_agent (argv[1], card);
  return EX_OSERR;
}
