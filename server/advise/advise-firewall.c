/* advise-firewall.c - What act says of the host's firewall.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "advise.h"

#include <stdio.h>
#include <sysexits.h>

#include "../../common/base/log.h"
#include "../role/spawn.h"


static gpg_error_t
start_act (const struct advise_firewall *how, pid_t *r_pid)
{
  const char *argv[7] = { "act", "--check", "--config", how->dir };
  struct spawn spawn = { .argv = argv, .talks = how->to_stdout };
  gpg_error_t err;
  int n = 4;

  if (how->dump)
    argv[n++] = "--dump";
  if (how->verbose)
    argv[n++] = "-v";
  fflush (stdout);
  err = spawn_program (how->libexec, &spawn, r_pid);
  if (err)
    log_error ("cannot start act: %s", gpg_strerror (err));
  return err;
}


int
advise_firewall (const struct advise_firewall *how)
{
  pid_t pid;
  int code;

  if (start_act (how, &pid))
    return EX_OSERR;
  code = spawn_wait (pid);
  if (code < 0)
    log_error ("act was ended by signal %d", -code);
  return code < 0 ? EX_SOFTWARE : code;
}


void
advise_firewall_begin (const struct advise_firewall *how)
{
  pid_t pid;

  start_act (how, &pid);
}
